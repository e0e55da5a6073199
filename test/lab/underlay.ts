// Addresses of the network that a cluster's nodes are on.

import { formatAddress, type IpNetwork, parseNetwork } from "../../host-funcs/ip_number.ts";

/** The first segment's networks, CIDR notation; each further segment has the next ones of the same length. */
export interface Underlay {
  readonly ipv4: string;
  readonly ipv6: string;
}

export const USUAL_UNDERLAY: Underlay = { ipv4: "192.168.77.0/24", ipv6: "fd77::/64" };

/** What is in every segment beside nodes, by the number of its address; node 1 of a segment has number 1. */
export const STORE_HOST = 250;
export const ROUTER_HOST = 254;

/** One interface's addresses, without prefix length. */
export interface Addresses {
  readonly ipv4: string;
  readonly ipv6: string;
  /** Prefix lengths. */
  readonly length4: number;
  readonly length6: number;
}

/**
 * @param segment 0 for the first
 * @param host 1 to 254
 * @throws {Error} where the underlay is not given as two networks
 */
export function addressesOf(underlay: Underlay, segment: number, host: number): Addresses {
  const four = networkOf(underlay.ipv4, 4);
  const six = networkOf(underlay.ipv6, 6);
  return {
    ipv4: nth(four, segment, host),
    ipv6: nth(six, segment, host),
    length4: four.prefix,
    length6: six.prefix,
  };
}

function networkOf(text: string, family: 4 | 6): IpNetwork {
  const network = parseNetwork(text);
  if (network?.family === family) return network;
  throw new Error(`Cannot lay an underlay as this is no network of IPv${family} in CIDR notation: ${text}`);
}

function nth(network: IpNetwork, segment: number, host: number): string {
  const size = network.last - network.first + 1n;
  return formatAddress(network.family, network.first + BigInt(segment) * size + BigInt(host));
}
