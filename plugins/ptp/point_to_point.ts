// Routes of a point-to-point attachment. A veth has no IFF_POINTOPOINT, so routes make it one: all traffic of the
// container's network goes by the gateway, which is reached by the link alone.

import type { Route } from "cnidaria:cni/routes@0.3.0";
import type { ResultIp } from "cnidaria:cni/types@0.3.0";
import { addressOf, bitsOf, familyOf, invalidConfig, networkOf } from "../sdk/mod.ts";

const SCOPE_LINK = 253;
const SCOPE_HOST = 254;

/** An address whose gateway is known. */
export interface RoutedIp extends ResultIp {
  readonly gateway: string;
}

/** @throws {CniError} if an address has no gateway */
export function requireGateways(ips: readonly ResultIp[], ipamType: string): RoutedIp[] {
  return ips.map((ip) => {
    if (ip.gateway !== undefined) return { ...ip, gateway: ip.gateway };
    throw invalidConfig(`${ipamType} gave ${ip.address} without a gateway, which ptp needs: set one in ipam`);
  });
}

/** An address alone, in CIDR notation. */
export function single(address: string): string {
  return `${addressOf(address)}/${bitsOf(familyOf(address))}`;
}

/** The route that the kernel made for the address. */
export function kernelSubnetRoute(ip: ResultIp, link: string): Route {
  return { dst: networkOf(ip.address), link, onlink: false };
}

/** What takes its place: the gateway on the link, the network by the gateway. */
export function containerRoutes(ip: RoutedIp, link: string): Route[] {
  const source = addressOf(ip.address);
  return [
    { dst: single(ip.gateway), link, source, scope: SCOPE_LINK, onlink: false },
    { dst: networkOf(ip.address), gateway: ip.gateway, link, source, onlink: false },
  ];
}

/** The host's way to the container. */
export function hostRoute(ip: ResultIp, link: string): Route {
  return { dst: single(ip.address), link, scope: SCOPE_HOST, onlink: false };
}
