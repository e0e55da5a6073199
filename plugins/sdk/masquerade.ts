// ipMasq. For plugins that import firewall and log.

import * as firewall from "cnidaria:cni/firewall@0.3.0";
import * as log from "cnidaria:cni/log@0.3.0";
import type { ResultIp } from "cnidaria:cni/types@0.3.0";
import { addressOf, networkOf } from "./address.ts";
import { attempt } from "./host_error.ts";

/** Traffic that leaves the addresses' own networks gets the node's address. @param backend `ipMasqBackend` */
export function masquerade(ips: readonly ResultIp[], backend: string): void {
  if (backend === "iptables") {
    log.write("warn", 'ipMasqBackend is "iptables": nftables does the masquerading all the same');
  }
  for (const { address } of ips) {
    attempt(`masquerade ${addressOf(address)}`, () => {
      firewall.addMasquerade({ source: addressOf(address), local: [networkOf(address)] });
    });
  }
}

/** What is missing, a sentence for each address that is not masqueraded. */
export function missingMasquerades(ips: readonly ResultIp[]): string[] {
  const present = attempt("read the masquerade rules", () => firewall.listMasquerades());
  return ips.map((ip) => addressOf(ip.address))
    .filter((source) => !present.some((rule) => addressOf(rule.source) === source))
    .map((source) => `${source} is not masqueraded`);
}
