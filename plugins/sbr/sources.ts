// The addresses whose packets get a table of their own, and the rules for them.

import type { Rule } from "cnidaria:cni/rules@0.3.0";
import type { Attachment, CniResult, ResultIp } from "cnidaria:cni/types@0.3.0";
import { addressOf, bitsOf, familyOf, invalidConfig } from "../sdk/mod.ts";

/** The result's addresses of the attachment's interface, and those that name no interface. */
export function addressesOfInterface(at: Attachment, { interfaces, ips }: CniResult): ResultIp[] {
  return ips.filter(({ interface: index }) => {
    const named = index === undefined ? undefined : interfaces[index];
    return named === undefined || named.name === at.ifname;
  });
}

/** The same. @throws {CniError} code 7 if there are none */
export function sourcesOf(at: Attachment, result: CniResult): ResultIp[] {
  const sources = addressesOfInterface(at, result);
  if (sources.length > 0) return sources;
  throw invalidConfig(`prevResult has no address of ${at.ifname}, whose packets could be routed by their source`);
}

/** What an address sends, and nothing else of its network. */
export function ruleOf({ address }: ResultIp, table: number): Rule {
  const family = familyOf(address);
  return {
    family: family === 4 ? "ipv4" : "ipv6",
    source: `${addressOf(address)}/${bitsOf(family)}`,
    table,
    more: false,
  };
}
