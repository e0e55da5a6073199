// Ports as a person writes them: `8080`, `53/udp`.

import { InvalidArgumentError } from "commander";
import type { PortOfPods } from "../../policy/reachability.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"];

/** @param before those of the options before this one */
export function appendedPort(text: string, before: readonly PortOfPods[]): PortOfPods[] {
  const [number = "", protocol = "tcp", ...rest] = text.toLowerCase().split("/");
  if (rest.length === 0 && PROTOCOLS.includes(protocol) && isPort(number)) {
    return [...before, { protocol, port: Number(number) }];
  }
  throw new InvalidArgumentError("It must be a number from 1 to 65535, with /tcp, /udp or /sctp if it is not TCP.");
}

export function isPort(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535;
}
