// What the kernel has of the overlay, and the messages that change it.

import { addressQuery, readAddress } from "../addresses/address_message.ts";
import { AF_BRIDGE, type LinkDescription, linkQuery, readLink } from "../links/link_message.ts";
import {
  neighborMessage,
  neighborQuery,
  NTF_SELF,
  NUD_PERMANENT,
  readNeighbor,
  RTM_DELNEIGH,
  RTM_NEWNEIGH,
} from "../neighbors/neighbor_message.ts";
import {
  MAIN_TABLE,
  protocolOf,
  readRoute,
  routeMessage,
  routeQuery,
  RTM_DELROUTE,
  RTM_NEWROUTE,
} from "../routes/route_message.ts";
import { attempt, EAFNOSUPPORT, ENODEV, EOPNOTSUPP, isErrno } from "../sys/errno.ts";
import { AF_INET, AF_INET6, parseAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { type NetlinkMessage, NLM_F_CREATE, NLM_F_REPLACE, type ReceivedMessage } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { familyOf, type FoundRoute, OVERLAY_PROTOCOL, type OverlayObject } from "./object.ts";

/** IP6_RT_PRIO_USER: what an IPv6 route gets that names none. */
const IPV6_PRIORITY = 1024;
const REPLACE = NLM_F_CREATE | NLM_F_REPLACE;

/** Names and indexes of links. */
export class LinkNames {
  readonly #byName = new Map<string, LinkDescription>();
  readonly #byIndex = new Map<number, LinkDescription>();

  constructor(readonly all: readonly LinkDescription[]) {
    for (const link of all) {
      this.#byName.set(link.name, link);
      this.#byIndex.set(link.index, link);
    }
  }

  named(name: string): LinkDescription | undefined {
    return this.#byName.get(name);
  }

  indexed(index: number): LinkDescription | undefined {
    return this.#byIndex.get(index);
  }
}

export function readLinks(netlink: RouteNetlink): LinkNames {
  const answers = attempt("list the node's links", () => netlink.dump(linkQuery()));
  return new LinkNames(answers.map(readLink).filter((link) => link !== undefined));
}

/** The addresses of a link, CIDR notation; none if it has gone meanwhile. */
export function readAddresses(netlink: RouteNetlink, link: LinkDescription): string[] {
  const answers = orNothing(`list the addresses of ${link.name}`, () => netlink.dump(addressQuery(link.index)));
  return answers.map(readAddress).filter((address) => address?.linkIndex === link.index).map((address) =>
    address!.cidr
  );
}

/** The unicast routes of the main table, of both families, that have one next hop or several. */
export function readRoutes(netlink: RouteNetlink, links: LinkNames): FoundRoute[] {
  return [AF_INET, AF_INET6].flatMap((family) => {
    const answers = orNothing("list the node's routes", () => netlink.dump(routeQuery(family, MAIN_TABLE)));
    return answers.map((answer) => foundRoute(answer, links)).filter((route) => route !== undefined);
  });
}

/** Reads RTM_NEWROUTE and RTM_DELROUTE; undefined for what is no unicast route of the main table. */
export function foundRoute(message: ReceivedMessage, links: LinkNames): FoundRoute | undefined {
  const route = readRoute(message);
  if (route === undefined || route.table !== MAIN_TABLE) return undefined;
  const { dst, gateway, onlink, linkIndex = 0, source, mtu, advmss } = route;
  const usual = dst.includes(":") ? IPV6_PRIORITY : 0;
  return {
    kind: "route",
    dst,
    ...gateway === undefined ? {} : { gateway },
    link: links.indexed(linkIndex)?.name ?? `link ${linkIndex}`,
    onlink,
    linkIndex,
    protocol: protocolOf(message),
    priority: route.priority ?? usual,
    special: source !== undefined || mtu !== undefined || advmss !== undefined,
  };
}

/** A neighbour or forwarding entry that the kernel has. */
export interface FoundEntry {
  readonly object: Exclude<OverlayObject, { kind: "route" }>;
  /** It does not go by itself. */
  readonly permanent: boolean;
}

/** The neighbours of a device that have a MAC, and its forwarding entries that lead elsewhere. */
export function readEntries(netlink: RouteNetlink, device: LinkDescription): FoundEntry[] {
  const what = `list the neighbours and forwarding entries of ${device.name}`;
  const answers = orNothing(what, () => [
    ...netlink.dump(neighborQuery(0, device.index)),
    ...netlink.dump(neighborQuery(AF_BRIDGE, device.index)),
  ]);
  return answers.map((answer) => foundEntry(answer, device)).filter((entry) => entry !== undefined);
}

/** Reads RTM_NEWNEIGH and RTM_DELNEIGH; undefined for an entry of another device, or without MAC or address. */
export function foundEntry(message: ReceivedMessage, { index, name: link }: LinkDescription): FoundEntry | undefined {
  const entry = readNeighbor(message);
  if (entry?.linkIndex !== index || entry.address === undefined || entry.mac === "" || entry.ofBridge) return undefined;
  const { address, mac, permanent } = entry;
  if (message.payload[0] === AF_BRIDGE) return { object: { kind: "fdb", mac, dst: address, link }, permanent };
  return { object: { kind: "neighbor", address, mac, link }, permanent };
}

/** Makes it, or puts it in the place of what has its key. */
export function putMessage(object: OverlayObject, index: number): NetlinkMessage {
  switch (object.kind) {
    case "route":
      return routeMessage(RTM_NEWROUTE, object, index, REPLACE, OVERLAY_PROTOCOL);
    case "neighbor":
      return neighborMessage(RTM_NEWNEIGH, {
        family: familyOf(object.address) === "ipv4" ? AF_INET : AF_INET6,
        index,
        address: parseAddress(object.address).bytes,
        mac: parseMac(object.mac),
        state: NUD_PERMANENT,
        messageFlags: REPLACE,
      });
    case "fdb":
      return neighborMessage(RTM_NEWNEIGH, {
        family: AF_BRIDGE,
        index,
        address: parseAddress(object.dst).bytes,
        mac: parseMac(object.mac),
        state: NUD_PERMANENT,
        flags: NTF_SELF,
        messageFlags: REPLACE,
      });
  }
}

/** Removes exactly that: not what someone has put in its place. */
export function removeMessage(object: OverlayObject | FoundRoute, index: number): NetlinkMessage {
  switch (object.kind) {
    case "route": {
      const found = "protocol" in object ? object : undefined;
      const { dst, gateway, onlink } = object;
      const priority = found?.priority ?? 0;
      return routeMessage(
        RTM_DELROUTE,
        { dst, onlink, ...gateway === undefined ? {} : { gateway }, ...priority === 0 ? {} : { priority } },
        index === 0 ? undefined : index,
        0,
        found?.protocol ?? OVERLAY_PROTOCOL,
      );
    }
    case "neighbor": {
      const { family, bytes } = parseAddress(object.address);
      return neighborMessage(RTM_DELNEIGH, { family, index, address: bytes });
    }
    case "fdb":
      return neighborMessage(RTM_DELNEIGH, {
        family: AF_BRIDGE,
        index,
        address: parseAddress(object.dst).bytes,
        mac: parseMac(object.mac),
        flags: NTF_SELF,
      });
  }
}

/** The answers; none where the link has gone meanwhile, or the kernel is without the family. */
function orNothing(what: string, fn: () => ReceivedMessage[]): ReceivedMessage[] {
  return attempt(what, () => {
    try {
      return fn();
    } catch (error) {
      if (isErrno(error, ENODEV, EOPNOTSUPP, EAFNOSUPPORT)) return [];
      throw error;
    }
  });
}
