// `ports` of a NetworkPolicy's rule.

import type { Port, Protocol } from "../parsed_policy.ts";
import { isPortName } from "./label.ts";
import { type Place, show } from "./place.ts";
import { isGiven, isWithinBounds, readChoice, readInteger, readObject } from "./value.ts";

export const MAX_PORT = 65535;

const SHAPE = { what: "a port of a rule", fields: ["protocol", "port", "endPort"] } as const;

const PROTOCOLS = new Map<string, Protocol>([["TCP", "tcp"], ["UDP", "udp"], ["SCTP", "sctp"]]);

/** An item: without protocol it is TCP, without port it is all of them. */
export function readPort(value: unknown, at: Place): Port | undefined {
  const fields = readObject(value, SHAPE, at);
  if (fields === undefined) return undefined;
  const { port, endPort } = fields;
  const protocol = isGiven(fields.protocol) ? readChoice(fields.protocol, PROTOCOLS, at.field("protocol")) : "tcp";
  if (typeof port === "string") {
    if (isGiven(endPort)) at.field("endPort").refuse(`is the end of a range, and port is a name: ${show(endPort)}`);
    const name = readPortName(port, at.field("port"));
    return protocol === undefined || name === undefined ? undefined : { protocol, name };
  }
  const range = isGiven(port) ? readRange(port, endPort, at) : allPorts(endPort, at);
  return protocol === undefined || range === undefined ? undefined : { protocol, first: range[0], last: range[1] };
}

function allPorts(endPort: unknown, at: Place): readonly [first: number, last: number] {
  if (isGiven(endPort)) at.field("endPort").refuse(`is the end of a range that has no port: ${show(endPort)}`);
  return [0, MAX_PORT];
}

function readRange(port: unknown, endPort: unknown, at: Place): readonly [first: number, last: number] | undefined {
  const isSound = isWithinBounds(port, 1, MAX_PORT);
  if (!isSound) {
    at.field("port").refuse(`is no port, which is a whole number from 1 to ${MAX_PORT} or a name: ${show(port)}`);
  }
  const last = isGiven(endPort) ? readInteger(endPort, 1, MAX_PORT, at.field("endPort")) : port as number;
  if (!isSound || last === undefined) return undefined;
  if (last >= port) return [port, last];
  at.field("endPort").refuse(`is below port, ${port}: ${last}`);
  return undefined;
}

export function readPortName(value: unknown, at: Place): string | undefined {
  if (typeof value === "string" && isPortName(value)) return value;
  const isNumber = typeof value === "string" && /^[0-9]{1,5}$/.test(value);
  at.refuse(
    isNumber
      ? `is a number in quotes, which makes it a name: ${show(value)}`
      : `is no name of a port, which has at most 15 of a-z, 0-9 and single - between them, with a letter: ${
        show(value)
      }`,
  );
  return undefined;
}
