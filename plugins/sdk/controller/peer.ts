// What every backend asks of a peer, which comes from a store that others write to.

import type { Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { show } from "../config.ts";
import { isUnusable, type OwnNode } from "./node.ts";
import {
  type Address,
  isOverlapping,
  isSameFamily,
  isWithin,
  type Prefix,
  readAddress,
  readPrefix,
  spell,
} from "../prefix.ts";

/** A peer whose subnet and address make sense. */
export interface SoundPeer {
  readonly subnet: Prefix;
  readonly address: Address;
  /** `address` as the kernel prints it. */
  readonly publicIp: string;
}

/** Reads a peer. @returns why it is of no use, completing "as …", where it is */
export function readPeer(peer: Peer, own: OwnNode, backendType: string): SoundPeer | string {
  if (peer.backendType !== backendType) {
    return `its backend is ${show(peer.backendType)}, and not ${backendType}: all nodes of a network need the same`;
  }
  const subnet = readPrefix(peer.subnet);
  if (subnet === undefined) return `its subnet is no network in CIDR notation: ${show(peer.subnet)}`;
  if (!isWithin(subnet, own.network)) {
    return `its subnet ${subnet.cidr} is not in the network ${own.network.cidr}`;
  }
  if (isOverlapping(subnet, own.subnet)) {
    return `its subnet ${subnet.cidr} overlaps that of this node, ${own.subnet.cidr}`;
  }
  const address = readAddress(peer.publicIp);
  if (address === undefined || !isSameFamily(address, own.publicIp) || isUnusable(address)) {
    const family = typeof own.publicIp === "number" ? "IPv4" : "IPv6";
    return `its public address can be no node's ${family} address: ${show(peer.publicIp)}`;
  }
  if (address === own.publicIp) {
    return `its public address ${peer.publicIp} is that of this node: is it an entry that the node has left behind?`;
  }
  return { subnet, address, publicIp: spell(peer.publicIp, address) };
}

/** The plan for a peer that is of no use. @param why completes "as …" */
export function refused(peer: Peer, why: string): PeerPlan {
  return { refused: `Cannot reach node ${show(peer.name)} as ${why}`, routes: [], neighbors: [], fdb: [] };
}
