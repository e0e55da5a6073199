// What the backends read of the network's configuration (Flannel's net-conf.json) and of this node.

import type { Family, LocalNode } from "cnidaria:cni/controller@0.3.0";
import { CniError, ErrorCodes } from "../cni_error.ts";
import { invalidConfig, show } from "../config.ts";
import { type Address, isAddressIn, isSameFamily, isWithin, type Prefix, readAddress, readPrefix } from "../prefix.ts";

const LOOPBACK = readAddress("::1")!;

const FAMILIES: Record<Family, readonly [name: string, networkKey: string]> = {
  ipv4: ["IPv4", "Network"],
  ipv6: ["IPv6", "IPv6Network"],
};

/** This node in one family, read and checked. */
export interface OwnNode {
  readonly name: string;
  readonly family: Family;
  /** That of all nodes. */
  readonly network: Prefix;
  /** Its pods'. */
  readonly subnet: Prefix;
  readonly publicIp: Address;
  readonly underlay: string;
  readonly onLink: readonly Prefix[];
}

/**
 * The backend's own section, by the names that it has for its keys.
 *
 * Flannel reads keys without regard to case, and takes null for what is not given; so does this.
 *
 * @param keys those that the backend knows; others are ignored, as Flannel does
 * @throws {CniError} code 7, naming the key
 */
export function backendSection(network: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  const given = network["Backend"];
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalidConfig(`Backend must be an object, but is ${show(given)}`);
  }
  const section: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const known = keys.find((it) => it.toLowerCase() === key.toLowerCase());
    if (known !== undefined && value !== null) section[known] = value;
  }
  return section;
}

/** @throws {CniError} naming the key of the network, or what is wrong with the node */
export function ownNode(network: Readonly<Record<string, unknown>>, node: LocalNode): OwnNode {
  const [name, key] = FAMILIES[node.family];
  const text = network[key];
  const range = typeof text === "string" ? readPrefix(text) : undefined;
  if (range === undefined || (typeof range.first === "number") !== (node.family === "ipv4")) {
    throw invalidConfig(`${key} must be a network of ${name} in CIDR notation, but is ${show(text)}`);
  }
  const subnet = readPrefix(node.subnet);
  if (subnet === undefined || !isWithin(subnet, range)) {
    throw invalidConfig(
      `${key} is ${range.cidr}, but the subnet of node ${node.name} is ${show(node.subnet)}, which is not in it`,
    );
  }
  const publicIp = readAddress(node.publicIp);
  if (publicIp === undefined || isUnusable(publicIp)) {
    throw new CniError(
      ErrorCodes.invalidConfig,
      `Cannot reach other nodes from ${node.name} as its public address can be no node's: ${show(node.publicIp)}`,
    );
  }
  const onLink = node.onLink.map(readPrefix).filter((it) => it !== undefined);
  return { name: node.name, family: node.family, network: range, subnet, publicIp, underlay: node.underlay, onLink };
}

/** Whether that address is a neighbour's on the underlay, so that a route of the node's family can lead by it. */
export function isNeighbor({ subnet, onLink }: OwnNode, address: Address): boolean {
  return isSameFamily(address, subnet.first) && onLink.some((it) => isAddressIn(address, it));
}

/** IPv4-mapped addresses (RFC 4291, 2.5.5.2). */
const MAPPED = readPrefix("::ffff:0:0/96")!;

/** Whether no node can have that address: unspecified, loopback, multicast, reserved (RFC 6890, RFC 4291) or mapped. */
export function isUnusable(address: Address): boolean {
  if (typeof address === "number") {
    const first = address >>> 24;
    return first === 0 || first === 127 || first >= 224;
  }
  return address.charCodeAt(0) >= 0xff00 || address <= LOOPBACK || isAddressIn(address, MAPPED);
}
