// static: gives the addresses that the configuration names. It keeps no leases: who configures two attachments with one
// address gets it twice.

import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import { CniError, definePlugin, emptyDns, ErrorCodes, invalidConfig, sameAddress, toDns } from "../sdk/mod.ts";
import { readConfig, staticAddresses } from "./config.ts";

export const cni = definePlugin({
  add(at, text): CniResult {
    const config = readConfig(text);
    const ips = staticAddresses(config, at);
    if (ips.length === 0) {
      throw invalidConfig("no address is given: set ipam.addresses, runtimeConfig.ips, args.cni.ips or IP in CNI_ARGS");
    }
    const { routes, dns } = config.ipam;
    return { interfaces: [], ips, routes: [...routes], dns: dns === undefined ? emptyDns() : toDns(dns) };
  },

  check(at, text) {
    const differences = staticAddresses(readConfig(text), at).flatMap((ip) => difference(ip, at));
    if (differences.length > 0) {
      throw new CniError(
        ErrorCodes.checkFailed,
        `Addresses of ${at.ifname} of container ${at.containerId} are not as configured: ${differences.join("; ")}`,
      );
    }
  },

  status(_network, text) {
    readConfig(text);
  },
});

function difference(wanted: { address: string; gateway?: string }, at: Attachment): string[] {
  if (at.prevResult === undefined) {
    throw invalidConfig("prevResult is missing, expected the result of ADD");
  }
  const present = at.prevResult.ips.find((ip) => sameAddress(ip.address.split("/")[0]!, wanted.address.split("/")[0]!));
  if (present === undefined) return [`prevResult lacks ${wanted.address}`];
  const { gateway } = wanted;
  if (gateway === undefined || (present.gateway !== undefined && sameAddress(present.gateway, gateway))) return [];
  return [`gateway of ${wanted.address} is ${present.gateway ?? "none"}, not ${gateway}`];
}
