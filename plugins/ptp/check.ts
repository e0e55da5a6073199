// CHECK: the lease, then everything in prevResult against the kernel.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as routes from "cnidaria:cni/routes@0.3.0";
import type { Attachment, ResultIp } from "cnidaria:cni/types@0.3.0";
import { addressDifferences, findLink, linkDifferences, routeDifferences } from "../sdk/check.ts";
import { missingMasquerades } from "../sdk/masquerade.ts";
import { addressesOf, attempt, canonicalCidr, previousResult, refuseDifferences } from "../sdk/mod.ts";
import { readConfig } from "./config.ts";
import { single } from "./point_to_point.ts";

export function check(at: Attachment, text: string): void {
  const config = readConfig(text);
  const result = previousResult(at);
  ipam.check(text, result);
  const index = result.interfaces.findIndex((entry) => entry.name === at.ifname && entry.sandbox.tag === "container");
  const container = result.interfaces[index];
  if (container === undefined) {
    return refuseDifferences(at, [`prevResult has no interface ${at.ifname} in the container`]);
  }
  const inside = findLink("container", at.ifname);
  const differences = linkDifferences(container, inside, "veth");
  const ips = addressesOf(result, index);
  if (inside !== undefined) {
    differences.push(...addressDifferences("container", at.ifname, ips));
    differences.push(...routeDifferences(at.ifname, result.routes, ips));
  }
  // What comes after the container's interface a later plugin has added.
  for (const entry of result.interfaces.slice(0, index).filter((candidate) => candidate.sandbox.tag === "host")) {
    const link = findLink("host", entry.name);
    differences.push(...linkDifferences(entry, link, "veth"));
    if (link !== undefined) differences.push(...hostDifferences(link.name, ips));
  }
  if (config.ipMasq) differences.push(...missingMasquerades(ips));
  refuseDifferences(at, differences);
}

function hostDifferences(link: string, ips: readonly ResultIp[]): string[] {
  const gateways = ips.filter((ip) => ip.gateway !== undefined).map((ip) => ({ address: single(ip.gateway!) }));
  const present = attempt("read the host's routes", () => routes.list("host", undefined));
  const missing = ips.map((ip) => single(ip.address))
    .filter((dst) => !present.some((route) => canonicalCidr(route.dst) === dst && route.link === link))
    .map((dst) => `${link} lacks the route to ${dst}`);
  return [...addressDifferences("host", link, gateways), ...missing];
}
