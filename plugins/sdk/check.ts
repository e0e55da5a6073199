// CHECK: compares what the kernel has with what a result says. Each function answers sentences, one a difference.

import * as addresses from "cnidaria:cni/addresses@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import * as routes from "cnidaria:cni/routes@0.3.0";
import type { Ns, ResultInterface, ResultIp, ResultRoute } from "cnidaria:cni/types@0.3.0";
import { canonicalCidr } from "./address.ts";
import { attempt, unlessHostError } from "./host_error.ts";
import { kernelRoute } from "./layer3.ts";

/** The link, or undefined where there is none. */
export function findLink(ns: Ns, name: string): links.Link | undefined {
  return attempt(`read ${name}`, () => unlessHostError(["not-found"], () => links.get(ns, name)));
}

/** A link against its entry in the result. */
export function linkDifferences(entry: ResultInterface, link: links.Link | undefined, kind: string): string[] {
  const { name } = entry;
  if (link === undefined) return [`interface ${name} does not exist`];
  const found: string[] = [];
  if (link.kind !== kind) found.push(`interface ${name} is a ${link.kind || "physical device"}, not a ${kind}`);
  if (!link.up) found.push(`interface ${name} is down`);
  if (entry.mac && entry.mac.toLowerCase() !== link.mac) {
    found.push(`interface ${name} has MAC address ${link.mac}, not ${entry.mac}`);
  }
  if (entry.mtu && entry.mtu !== link.mtu) found.push(`interface ${name} has MTU ${link.mtu}, not ${entry.mtu}`);
  return found;
}

/** Addresses that the link lacks. */
export function addressDifferences(ns: Ns, name: string, ips: readonly ResultIp[]): string[] {
  if (ips.length === 0) return [];
  const present = attempt(`read the addresses of ${name}`, () => addresses.list(ns, name)).map(canonicalCidr);
  return ips.filter((ip) => !present.includes(canonicalCidr(ip.address)))
    .map((ip) => `${name} lacks the address ${ip.address}`);
}

/**
 * Routes that the container lacks. A later plugin of the chain may have moved one from the main table to another, as sbr
 * does.
 */
export function routeDifferences(
  name: string,
  wanted: readonly ResultRoute[],
  ips: readonly ResultIp[],
): string[] {
  const tables = [...new Set(wanted.map((route) => route.table))];
  return tables.flatMap((table) => {
    const present = attempt("read the container's routes", () => routes.list("container", table));
    const missing = wanted.filter((route) => route.table === table)
      .map((route) => kernelRoute(route, ips, name))
      .filter((route) => !present.some((candidate) => sameRoute(candidate, route)));
    if (missing.length === 0) return [];
    const moved = table === undefined
      ? attempt("read all of the container's routes", () => routes.listAll("container"))
      : [];
    return missing.filter((route) => !moved.some((candidate) => sameRoute(candidate, route)))
      .map((route) => `${name} lacks the route to ${route.dst}${route.gateway ? ` via ${route.gateway}` : ""}`);
  });
}

function sameRoute(present: routes.Route, wanted: routes.Route): boolean {
  return canonicalCidr(present.dst) === wanted.dst && present.link === wanted.link &&
    (wanted.gateway === undefined || present.gateway === wanted.gateway) &&
    (wanted.priority === undefined || present.priority === wanted.priority);
}
