// Which of the kernel's notifications concern the overlay: what differs from what is wanted does, so the echo of our own
// writes does not. Of several about one thing, the last counts.

import { readAddress, RTM_DELADDR, RTM_NEWADDR } from "../addresses/address_message.ts";
import { HostCallError } from "../error.ts";
import {
  AF_BRIDGE,
  AF_UNSPEC,
  type LinkDescription,
  readLink,
  RTM_DELLINK,
  RTM_NEWLINK,
} from "../links/link_message.ts";
import { type NeighborDescription, readNeighbor, RTM_DELNEIGH, RTM_NEWNEIGH } from "../neighbors/neighbor_message.ts";
import { RTM_DELROUTE, RTM_NEWROUTE } from "../routes/route_message.ts";
import type { ReceivedMessage } from "../sys/netlink_message.ts";
import { examineDevice } from "./device.ts";
import { isExact, isOurs, stays, usualPriority } from "./difference.ts";
import { foundRoute, LinkNames } from "./kernel.ts";
import { addressRole, isLinkLocal } from "./node.ts";
import type { FoundRoute, Route } from "./object.ts";
import type { OverlayParts } from "./overlay.ts";

export interface Concern {
  /** Something of ours is not as wanted: repair. */
  readonly overlay: boolean;
  /** The link between the nodes, or its addresses, have changed: find it again, and prepare anew. */
  readonly underlay: boolean;
}

export class Judge {
  /** Of underlay links, by index: what was last said of them. */
  readonly #links = new Map<number, string>();
  /** Addresses of underlay links. The kernel repeats an address whenever its lifetime is renewed. */
  readonly #addresses = new Set<string>();

  constructor(private readonly parts: () => OverlayParts) {}

  judge(messages: readonly ReceivedMessage[]): Concern {
    const parts = this.parts();
    const verdicts = new Map<string, Concern>();
    for (const message of messages) {
      const [subject, concern] = this.#verdict(message, parts) ?? [];
      if (subject !== undefined && concern !== undefined) verdicts.set(subject, concern);
    }
    const all = [...verdicts.values()];
    return { overlay: all.some((it) => it.overlay), underlay: all.some((it) => it.underlay) };
  }

  #verdict(message: ReceivedMessage, parts: OverlayParts): [subject: string, concern: Concern] | undefined {
    switch (message.type) {
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        return routeVerdict(message, parts);
      case RTM_NEWNEIGH:
      case RTM_DELNEIGH:
        return entryVerdict(message, parts);
      case RTM_NEWADDR:
      case RTM_DELADDR:
        return this.#addressVerdict(message, parts);
      case RTM_NEWLINK:
      case RTM_DELLINK:
        return this.#linkVerdict(message, parts);
    }
    return undefined;
  }

  #addressVerdict(message: ReceivedMessage, { links, nodes }: OverlayParts): [string, Concern] | undefined {
    const address = readAddress(message);
    if (address === undefined) return undefined;
    const { cidr, linkIndex } = address;
    const subject = `address ${linkIndex} ${cidr}`;
    const added = message.type === RTM_NEWADDR;
    const node = nodes.find(({ index }) => index === linkIndex);
    if (node) {
      const role = addressRole(cidr, node.needs.addresses);
      return [subject, about("overlay", role === (added ? "foreign" : "wanted"))];
    }
    const name = links.indexed(linkIndex)?.name;
    if (name === undefined || isLinkLocal(cidr) || !nodes.some(({ needs }) => needs.underlay === name)) {
      return undefined;
    }
    const known = this.#addresses.has(subject);
    if (added) this.#addresses.add(subject);
    else this.#addresses.delete(subject);
    return [subject, about("underlay", !(added && known))];
  }

  #linkVerdict(message: ReceivedMessage, { links, nodes }: OverlayParts): [string, Concern] | undefined {
    const link = message.payload[0] === AF_UNSPEC ? readLink(message) : undefined;
    if (link === undefined) return undefined;
    const subject = `link ${link.index}`;
    const gone = message.type === RTM_DELLINK;
    const isUnderlay = nodes.some(({ needs }) =>
      link.name === needs.underlay || links.indexed(link.index)?.name === needs.underlay
    );
    if (isUnderlay) {
      const before = this.#links.get(link.index) ?? signature(links.indexed(link.index));
      const now = gone ? "" : signature(link);
      this.#links.set(link.index, now);
      return [subject, about("underlay", before !== now)];
    }
    const node = nodes.find(({ index, needs }) => index === link.index || link.name === needs.device?.name);
    if (node?.needs.device === undefined) return undefined;
    if (gone) return [subject, about("overlay", node.index === link.index)];
    const others = links.all.filter(({ index, name }) => index !== link.index && name !== link.name);
    try {
      const { wrong } = examineDevice(new LinkNames([...others, link]), node.needs.device, node.index);
      return [subject, about("overlay", wrong.length > 0 || node.index !== link.index)];
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      return [subject, about("overlay", true)];
    }
  }
}

function routeVerdict(message: ReceivedMessage, { claims, links, nodes, sweeps }: OverlayParts) {
  const route = foundRoute(message, links);
  if (route === undefined) return undefined;
  const wanted = claims.get(`route ${route.dst}`)?.object as Route | undefined;
  const exact = wanted !== undefined && isExact(route, wanted, links);
  const own = new Set(nodes.map(({ needs }) => needs.device?.name).filter((name) => name !== undefined));
  const inPlaceOfOurs = wanted !== undefined && route.priority === usualPriority(route);
  const unwanted = inPlaceOfOurs || (sweeps && isOurs(route, own));
  return verdict(identity(route), message.type === RTM_NEWROUTE ? !exact && unwanted : exact);
}

function entryVerdict(message: ReceivedMessage, { claims, links, nodes, sweeps }: OverlayParts) {
  const entry = readNeighbor(message);
  const node = nodes.find(({ index }) => index === entry?.linkIndex);
  const device = node?.needs.device;
  if (entry?.address === undefined || device === undefined) return undefined;
  const forwarding = message.payload[0] === AF_BRIDGE;
  const name = links.indexed(entry.linkIndex)?.name ?? device.name;
  const wanted = claims.get(forwarding ? `fdb ${name} ${entry.mac}` : `neighbor ${name} ${entry.address}`)?.object;
  const there = message.type === RTM_NEWNEIGH;
  if (forwarding) {
    const same = wanted?.kind === "fdb" && wanted.dst === entry.address;
    const object = { kind: "fdb", mac: entry.mac, dst: entry.address, link: name } as const;
    const found = { object, permanent: entry.permanent };
    const bad = wanted ? !(same && entry.permanent) : sweeps && stays(found, new Map([[name, device]]));
    return verdict(`fdb ${entry.linkIndex} ${entry.mac} ${entry.address}`, there ? bad : same);
  }
  // The kernel says of one that goes only its address.
  const fits = wanted?.kind === "neighbor" && there && entry.permanent && entry.mac === wanted.mac;
  const bad = wanted ? !fits : sweeps && there && isEntry(entry);
  return verdict(`neighbor ${entry.linkIndex} ${entry.address}`, bad);
}

function isEntry({ permanent, mac }: NeighborDescription): boolean {
  return permanent && mac !== "";
}

function verdict(subject: string, overlay: boolean): [string, Concern] {
  return [subject, about("overlay", overlay)];
}

function about(what: keyof Concern, concerned: boolean): Concern {
  return { overlay: what === "overlay" && concerned, underlay: what === "underlay" && concerned };
}

function identity({ dst, linkIndex, gateway, priority, protocol, onlink }: FoundRoute): string {
  return `route ${dst} ${linkIndex} ${gateway} ${priority} ${protocol} ${onlink}`;
}

function signature(link: LinkDescription | undefined): string {
  return link === undefined ? "" : `${link.name} ${link.mtu} ${link.up}`;
}
