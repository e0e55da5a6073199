// Gives a container's link its addresses and routes. For plugins that import addresses, neighbors, routes, sysctl, links.

import * as addresses from "cnidaria:cni/addresses@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import * as neighbors from "cnidaria:cni/neighbors@0.3.0";
import * as routes from "cnidaria:cni/routes@0.3.0";
import * as sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { ResultIp, ResultRoute } from "cnidaria:cni/types@0.3.0";
import { addressOf, familyOf } from "./address.ts";
import { attempt, unlessHostError } from "./host_error.ts";
import { kernelRoute } from "./layer3.ts";

/** How long duplicate address detection may take (RFC 4862: one second a probe), milliseconds. */
const SETTLE_MS = 10_000;

/**
 * Addresses on the link, then the link up. Without `dad` an IPv6 address can be used at once: the kernel's duplicate
 * address detection is off before the link comes up, its link-local address included.
 */
export function addAddresses(ifname: string, ips: readonly ResultIp[], dad: boolean): void {
  if (ips.some((ip) => familyOf(ip.address) === 6)) prepareIpv6(ifname, dad);
  for (const { address } of ips) {
    attempt(`give ${address} to ${ifname}`, () => {
      addresses.add("container", ifname, { cidr: address, dad: dad && familyOf(address) === 6 });
    });
  }
  attempt(`bring up ${ifname}`, () => links.set("container", ifname, { up: true }));
}

function prepareIpv6(ifname: string, dad: boolean): void {
  const conf = `net/ipv6/conf/${ifname}`;
  attempt(`enable IPv6 on ${ifname}`, () => sysctl.set("container", `${conf}/disable_ipv6`, "0"));
  attempt(`turn duplicate address detection ${dad ? "on" : "off"} on ${ifname}`, () => {
    if (dad) sysctl.set("container", `${conf}/enhanced_dad`, "1");
    sysctl.set("container", `${conf}/accept_dad`, dad ? "1" : "0");
  });
}

/** Waits until duplicate address detection is over. The link must run. */
export function settleAddresses(ifname: string): void {
  attempt(`see whether an address of ${ifname} is in use already`, () => {
    addresses.settle("container", ifname, SETTLE_MS);
  });
}

/** Routes of the result on the link; one that is there already is left. */
export function addRoutes(ifname: string, wanted: readonly ResultRoute[], ips: readonly ResultIp[]): void {
  for (const entry of wanted) {
    const route = kernelRoute(entry, ips, ifname);
    const via = route.gateway === undefined ? "" : ` via ${route.gateway}`;
    attempt(`add the route to ${route.dst}${via} on ${ifname}`, () => {
      unlessHostError(["exists"], () => routes.add("container", route));
    });
  }
}

/** Tells the neighbours who has the addresses. The link must run. */
export function announceAddresses(ifname: string, ips: readonly ResultIp[]): void {
  for (const { address } of ips) {
    attempt(`announce ${address} on ${ifname}`, () => neighbors.announce("container", ifname, addressOf(address)));
  }
}
