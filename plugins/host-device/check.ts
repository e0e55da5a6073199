// CHECK: the lease, then everything in prevResult against the kernel.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { addressDifferences, findLink, linkDifferences, routeDifferences } from "../sdk/check.ts";
import { addressesOf, previousResult, refuseDifferences } from "../sdk/mod.ts";
import { hasIpam, readConfig } from "./config.ts";

export function check(at: Attachment, text: string): void {
  const config = readConfig(text);
  const result = previousResult(at);
  if (hasIpam(config)) ipam.check(text, result);
  const index = result.interfaces.findIndex((entry) => entry.name === at.ifname && entry.sandbox.tag === "container");
  const entry = result.interfaces[index];
  if (entry === undefined) return refuseDifferences(at, [`prevResult has no interface ${at.ifname} in the container`]);
  const link = findLink("container", at.ifname);
  const differences = linkDifferences(entry, link, link?.kind ?? "");
  if (link !== undefined && hasIpam(config)) {
    const ips = addressesOf(result, index);
    differences.push(...addressDifferences("container", at.ifname, ips));
    differences.push(...routeDifferences(at.ifname, result.routes, ips));
  }
  refuseDifferences(at, differences);
}
