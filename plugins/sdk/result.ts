// Results of ADD (CNI spec 1.1.0, "Success").

import type { CniResult, Dns, ResultInterface } from "cnidaria:cni/types@0.3.0";
import { toDns } from "./network_config.ts";

/** A result that says nothing. */
export function emptyResult(): CniResult {
  return { interfaces: [], ips: [], routes: [], dns: emptyDns() };
}

/** DNS settings that say nothing. */
export function emptyDns(): Dns {
  return { nameservers: [], search: [], options: [] };
}

/** Whether there is anything in those DNS settings. */
export function isDnsSet(dns: Dns): boolean {
  return dns.nameservers.length > 0 || dns.search.length > 0 || dns.options.length > 0 || Boolean(dns.domain);
}

/**
 * The result of a plugin that makes one interface, which has all addresses.
 *
 * @param layer3 what IPAM, or a plugin before, gave; undefined for layer 2 only
 * @param section `dns` of the configuration, which goes before IPAM's
 */
export function mainResult(
  entry: ResultInterface,
  layer3: Pick<CniResult, "ips" | "routes" | "dns"> | undefined,
  section: Parameters<typeof toDns>[0] | undefined,
): CniResult {
  const { ips, routes, dns } = layer3 ?? emptyResult();
  const own = section === undefined ? undefined : toDns(section);
  return {
    interfaces: [entry],
    ips: ips.map((ip) => ({ ...ip, interface: 0 })),
    routes,
    dns: own !== undefined && isDnsSet(own) ? own : dns,
  };
}
