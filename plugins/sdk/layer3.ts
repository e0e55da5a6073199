// What a result says about addresses and routes, worked out without touching anything.

import type { CniResult, ResultIp, ResultRoute } from "cnidaria:cni/types@0.3.0";
import type { Route } from "cnidaria:cni/routes@0.3.0";
import { addressOf, canonicalAddress, type Family, familyOf, networkOf } from "./address.ts";

/** `0.0.0.0/0` or `::/0`. */
export function defaultDestination(family: Family): string {
  return family === 4 ? "0.0.0.0/0" : "::/0";
}

/** Gateway of the first address of that family that has one. */
export function gatewayOf(ips: readonly ResultIp[], family: Family): string | undefined {
  return ips.find((ip) => familyOf(ip.address) === family && ip.gateway !== undefined)?.gateway;
}

/**
 * A route of a result as the kernel is to have it in the container: where it names no next hop, the gateway of its
 * family; where there is none either, it goes out on the link.
 */
export function kernelRoute(route: ResultRoute, ips: readonly ResultIp[], link: string): Route {
  const { dst, gw, ...rest } = route;
  const gateway = gw ?? gatewayOf(ips, familyOf(dst));
  return {
    ...rest,
    dst: networkOf(dst),
    link,
    onlink: false,
    ...gateway === undefined ? {} : { gateway: canonicalAddress(gateway) },
  };
}

/** The result's addresses of that interface, of all where an address names none. */
export function addressesOf(result: CniResult, index: number): ResultIp[] {
  return result.ips.filter((ip) => ip.interface === undefined || ip.interface === index);
}

/** Pod addresses of a result, for people. */
export function addressList(ips: readonly ResultIp[]): string {
  return ips.map((ip) => addressOf(ip.address)).join(", ");
}
