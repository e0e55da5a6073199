// Results of ADD (CNI spec 1.1.0, "Success").

import type { CniResult, Dns } from "cnidaria:cni/types@0.3.0";

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
