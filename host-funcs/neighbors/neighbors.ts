// Neighbours: which MAC has an address on a link.

import type { Neighbor } from "cnidaria:cni/neighbors@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { needLink, place } from "../links/look_up.ts";
import { attempt, ENOENT } from "../sys/errno.ts";
import { formatAddress, parseAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { type NetlinkMessage, NLM_F_CREATE, NLM_F_REPLACE } from "../sys/netlink_message.ts";
import {
  type NeighborDescription,
  neighborMessage,
  neighborQuery,
  NUD_PERMANENT,
  NUD_REACHABLE,
  readNeighbor,
  RTM_DELNEIGH,
  RTM_NEWNEIGH,
} from "./neighbor_message.ts";

/** See `list` of the contract. Addresses that were asked for in vain are left out. */
export function listNeighbors(context: HostContext, ns: Ns, link: string): Neighbor[] {
  const { index } = needLink(context, ns, link, "list the neighbours of");
  return dump(context, ns, place(ns, link), index).filter((entry) => entry.linkIndex === index)
    .filter(isKnown)
    .map(({ address, mac, permanent }) => ({ address, mac, permanent, link }));
}

/** Those of all links of the host, by the link's index. */
export function listAllNeighbors(context: HostContext): Map<number, Known[]> {
  return Map.groupBy(dump(context, "host", "all links").filter(isKnown), ({ linkIndex }) => linkIndex);
}

type Known = NeighborDescription & { readonly address: string };

function isKnown(entry: NeighborDescription): entry is Known {
  return !entry.unresolved && entry.mac !== "" && entry.address !== undefined;
}

/** The neighbour of that address, in whatever form the address is written. */
export function findNeighbor(context: HostContext, ns: Ns, link: string, address: string): Neighbor | undefined {
  const canonical = formatAddress(parseAddress(address).bytes);
  return listNeighbors(context, ns, link).find((entry) => entry.address === canonical);
}

/** See `set` of the contract. */
export function setNeighbor(context: HostContext, ns: Ns, { address, mac, link, permanent }: Neighbor): void {
  parseAddress(address);
  parseMac(mac);
  const { index } = needLink(context, ns, link, `set the neighbour ${address} of`);
  const present = findNeighbor(context, ns, link, address);
  if (present?.mac === mac.toLowerCase() && present.permanent === permanent) return;
  const before = present && { before: { mac: present.mac, permanent: present.permanent } };
  context.record({ kind: "neighbor-set", ns, link, address, ...before, mac: mac.toLowerCase(), permanent });
  attempt(`set the neighbour ${address} of ${place(ns, link)}`, () => {
    context.netlink(ns).request(neighborSetting(index, { address, mac, permanent }));
  });
}

/** See `remove` of the contract. */
export function removeNeighbor(context: HostContext, ns: Ns, link: string, address: string): void {
  const { family, bytes } = parseAddress(address);
  const what = `remove the neighbour ${address} of`;
  const { index } = needLink(context, ns, link, what);
  const present = findNeighbor(context, ns, link, address);
  if (!present) {
    throw new HostCallError("not-found", `Cannot ${what} ${place(ns, link)} as there is none (ENOENT)`, ENOENT);
  }
  const { mac, permanent } = present;
  context.record({ kind: "neighbor-removed", ns, link, address, mac, permanent });
  attempt(`${what} ${place(ns, link)}`, () => {
    context.netlink(ns).request(neighborMessage(RTM_DELNEIGH, { family, index, address: bytes }));
  });
}

/** Adds or replaces a neighbour of the link with that index. */
export function neighborSetting(index: number, { address, mac, permanent }: Omit<Neighbor, "link">): NetlinkMessage {
  const { family, bytes } = parseAddress(address);
  return neighborMessage(RTM_NEWNEIGH, {
    family,
    index,
    address: bytes,
    mac: parseMac(mac),
    state: permanent ? NUD_PERMANENT : NUD_REACHABLE,
    messageFlags: NLM_F_CREATE | NLM_F_REPLACE,
  });
}

function dump(context: HostContext, ns: Ns, whose: string, index?: number): NeighborDescription[] {
  return attempt(`list the neighbours of ${whose}`, () => context.netlink(ns).dump(neighborQuery(0, index)))
    .map(readNeighbor)
    .filter((entry) => entry !== undefined);
}
