// Whose connections are masqueraded on their way to a pod, in canonical form. Pods of one network have the same list, and
// share its chain.

import type { Hairpin } from "cnidaria:cni/port-maps@0.3.0";
import { HostCallError } from "../error.ts";
import { type Family, formatNetwork, parseAddress, parseNetwork } from "../ip_number.ts";
import { outermost } from "../firewall/masquerade_rule.ts";

/** By family: `13:10.1.0.0/24,127.0.0.0/8`, a mark's bit and networks that are sorted, none inside another; or `-`. */
export type Sources = Readonly<Record<Family, string>>;

/** For a family without any. */
export const NO_SOURCES = "-";

const LOOPBACK = parseAddress("127.0.0.1")!;

/** @throws {HostCallError} `invalid` */
export function canonicalSources(hairpin: Hairpin | undefined): Sources {
  if (hairpin === undefined) return { 4: NO_SOURCES, 6: NO_SOURCES };
  const { networks, markBit } = hairpin;
  if (!Number.isInteger(markBit) || markBit < 0 || markBit > 31) throw invalid("bit of the mark", markBit, "0 to 31");
  const parsed = networks.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw invalid("network", text, "in CIDR notation");
    return network;
  });
  const ofFamily = (family: Family) => {
    const own = outermost(parsed.filter((it) => it.family === family));
    return own.length === 0 ? NO_SOURCES : `${markBit}:${own.map(formatNetwork).join(",")}`;
  };
  return { 4: ofFamily(4), 6: ofFamily(6) };
}

/** The bit, and the networks as nft takes them. */
export function partsOf(sources: string): { readonly markBit: number; readonly networks: readonly string[] } {
  const [markBit = "", networks = ""] = sources.split(/:(.*)/s);
  return { markBit: Number(markBit), networks: networks.split(",") };
}

/** Whether the node's own connections from 127.0.0.1 are among them. */
export function holdLoopback(sources: string): boolean {
  return holds(sources, LOOPBACK.number, 4);
}

/** Whether an address is in one of the networks. */
export function holdAddress(sources: string, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && holds(sources, parsed.number, parsed.family);
}

function holds(sources: string, number: bigint, family: Family): boolean {
  if (sources === NO_SOURCES) return false;
  return partsOf(sources).networks.map(parseNetwork).some((it) =>
    it?.family === family && it.first <= number && number <= it.last
  );
}

function invalid(what: string, value: unknown, expected: string): HostCallError {
  return new HostCallError(
    "invalid",
    `Cannot map ports as a ${what} of the sources to masquerade is not ${expected}: ${JSON.stringify(value)}`,
  );
}
