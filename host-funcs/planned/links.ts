// The links of a plan, of both namespaces: those that exist, and what would be made of them. What the kernel does by
// itself is done here as well: both ends of a veth pair go together, and a link runs where its other end is up.

import {
  IFF_ALLMULTI,
  IFF_PROMISC,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_BR_VLAN_DEFAULT_PVID,
  IFLA_BR_VLAN_FILTERING,
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  IFLA_TXQLEN,
  linkQuery,
  RTM_SETLINK,
} from "../links/link_message.ts";
import { EADDRNOTAVAIL, EBUSY, EEXIST, EINVAL, ENODEV, EOPNOTSUPP, KernelError } from "../sys/errno.ts";
import { randomMac } from "../sys/mac_address.ts";
import type { ReceivedMessage } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { isChild, PlannedChildren } from "./children.ts";
import { ARPHRD_LOOPBACK, PlannedLink } from "./link.ts";
import type { Place } from "./place.ts";
import { bytesOfU32, headerU32, rawAttributes, u32Of } from "./received.ts";

const HEADER_LENGTH = 16;
const VETH_INFO_PEER = 1;
const DEFAULT_MTU = 1500;
/** DEFAULT_TX_QUEUE_LEN */
const DEFAULT_QUEUE_LENGTH = 1000;
/** Of veths and bridges (ETH_MIN_MTU, ETH_MAX_MTU). */
const [MIN_MTU, MAX_MTU] = [68, 65535];

/** What a plan knows of the node to begin with. */
export interface Sources {
  /** Reads a namespace; undefined for one that does not exist yet. */
  read(ns: Place): RouteNetlink | undefined;
  /** The container that host functions act in at the moment. */
  container(): Place;
  /** A MAC that the kernel would choose. */
  chosenMac(mac: Uint8Array): void;
  /** A name that was looked up, and is nobody's. */
  freeName(ns: Place, name: string): void;
  /** Whether the node's kernel makes links of that kind; true where there is no such node. */
  makes(kind: string): boolean;
}

type Listener = (link: PlannedLink) => void;

export class PlannedLinks {
  readonly #links = new Map<Place, PlannedLink[]>();
  readonly #pairs = new Map<PlannedLink, PlannedLink>();
  readonly #changed = new Set<PlannedLink>();
  readonly #children = new PlannedChildren();
  /** Kinds of links that can be planned: those of them that the node's kernel makes as well are made. */
  readonly kinds: Set<string> = new Set(["veth", "bridge", "vxlan", "macvlan", "ipvlan", "vlan", "ifb"]);
  /** CONFIG_BRIDGE_VLAN_FILTERING of a kernel that is in memory. */
  vlanFiltering = true;
  /** Told of a link that was set up or down, and of one that goes. */
  onUp: Listener = () => {};
  onDown: Listener = () => {};

  constructor(private readonly sources: Sources, private readonly empty: (ns: Place) => PlannedLink[]) {}

  all(ns: Place): PlannedLink[] {
    const known = this.#links.get(ns);
    if (known !== undefined) return known;
    const source = this.sources.read(ns);
    const links = source === undefined
      ? this.empty(ns)
      : source.dump(linkQuery()).map((message) => PlannedLink.read(ns, message));
    this.#links.set(ns, links);
    return links;
  }

  byName(ns: Place, name: string): PlannedLink | undefined {
    return this.all(ns).find((link) => link.name === name);
  }

  /** @throws {KernelError} ENODEV */
  byIndex(ns: Place, index: number): PlannedLink {
    const link = this.all(ns).find((link) => link.index === index);
    if (link === undefined) throw new KernelError(ENODEV);
    return link;
  }

  /** RTM_NEWLINK with NLM_F_CREATE. */
  create(ns: Place, { payload }: ReceivedMessage): void {
    const attributes = rawAttributes(payload, HEADER_LENGTH);
    const info = attributes.get(IFLA_LINKINFO);
    const link = this.#make(attributes.has(IFLA_NET_NS_FD) ? this.sources.container() : ns, attributes, info, ns);
    if (link.kind === "veth") this.#makePeer(ns, link);
    const master = u32Of(attributes.get(IFLA_MASTER));
    if (master !== undefined) this.#join(link, master);
    if (headerU32(payload, 12) & headerU32(payload, 8) & IFF_UP) link.setUp(true);
    this.#settle();
    if (link.up) this.onUp(link);
  }

  /** RTM_NEWLINK without: changes one. */
  change(ns: Place, { payload }: ReceivedMessage): void {
    const attributes = rawAttributes(payload, HEADER_LENGTH);
    const present = this.byIndex(ns, headerU32(payload, 4));
    const link = attributes.has(IFLA_NET_NS_FD) ? this.#move(present, nameOf(attributes)) : present;
    const [flags, mask] = [headerU32(payload, 8), headerU32(payload, 12)];
    const mtu = u32Of(attributes.get(IFLA_MTU));
    if (mtu !== undefined) checkMtu(mtu);
    const info = attributes.get(IFLA_LINKINFO);
    if (info !== undefined && link.kind === "bridge") this.#checkFiltering(ns, info);
    const master = u32Of(attributes.get(IFLA_MASTER));
    const turned = (mask & IFF_UP) !== 0 && link.up !== ((flags & IFF_UP) !== 0);
    this.#rename(link, nameOf(attributes), (mask & ~flags & IFF_UP) !== 0);
    for (const type of [IFLA_ADDRESS, IFLA_MTU, IFLA_TXQLEN, IFLA_IFALIAS]) {
      const value = attributes.get(type);
      if (value !== undefined) link.attributes.set(type, value);
    }
    if (master !== undefined) this.#join(link, master);
    if (info !== undefined) link.setInfo(info);
    const modes = mask & (IFF_PROMISC | IFF_ALLMULTI);
    link.flags = link.flags & ~modes | flags & modes;
    if (mtu !== undefined) this.#children.limitMtu(link);
    if (turned && !link.up) this.#children.checkUp(link);
    if (turned) link.setUp(!link.up);
    this.#changed.add(link);
    this.#settle();
    if (turned) (link.up ? this.onUp : this.onDown)(link);
  }

  /** RTM_DELLINK. */
  delete(ns: Place, { payload }: ReceivedMessage): void {
    this.#remove(this.byIndex(ns, headerU32(payload, 4)));
  }

  /** A namespace goes, and takes its links with it. */
  removeNamespace(ns: Place): void {
    for (const link of [...this.all(ns)]) this.#remove(link);
    this.#links.delete(ns);
  }

  #remove(link: PlannedLink): void {
    const ends = [link, this.#peerOf(link)].filter((it) => it !== undefined);
    for (const child of ends.flatMap((it) => this.#children.of(it))) this.#remove(child);
    for (const gone of ends) {
      this.#children.forget(gone);
      const links = this.all(gone.ns);
      const at = links.indexOf(gone);
      if (at < 0) continue;
      links.splice(at, 1);
      for (const port of links) if (port.masterIndex === gone.index) port.setMaster(0);
      this.onDown(gone);
    }
    this.#settle();
  }

  /**
   * RTM_SETLINK and RTM_DELLINK of AF_BRIDGE: the VLANs of a port. Nothing reads them back. A kernel that cannot filter
   * removes what it does not have.
   */
  changeVlans(ns: Place, { payload, type }: ReceivedMessage): void {
    const link = this.byIndex(ns, headerU32(payload, 4));
    const cannot = link.kind !== "bridge" && link.port === undefined;
    if (cannot || (type === RTM_SETLINK && this.#cannotFilter(ns))) throw new KernelError(EOPNOTSUPP);
  }

  /** @param asked the namespace of the request, which a parent lies in */
  #make(
    ns: Place,
    attributes: ReadonlyMap<number, Uint8Array>,
    info: Uint8Array | undefined,
    asked: Place = ns,
  ): PlannedLink {
    const links = this.all(ns);
    const link = new PlannedLink(ns, Math.max(0, ...links.map((it) => it.index)) + 1, true);
    for (const [type, value] of attributes) {
      if (type !== IFLA_NET_NS_FD && type !== IFLA_MASTER) link.attributes.set(type, value);
    }
    link.setInfo(info);
    if (links.some((it) => it.name === link.name)) throw new KernelError(EEXIST);
    if (link.kind !== "" && !(this.kinds.has(link.kind) && this.sources.makes(link.kind))) {
      throw new KernelError(EOPNOTSUPP, "Unknown device type");
    }
    // The group bit (IEEE 802): no link has such an address.
    if (link.mac !== undefined && link.mac[0]! & 1) throw new KernelError(EADDRNOTAVAIL);
    if (link.kind === "bridge") this.#checkFiltering(ns, info ?? new Uint8Array());
    if (link.kind === "bridge" && !link.data.has(IFLA_BR_VLAN_FILTERING)) {
      link.data.set(IFLA_BR_VLAN_FILTERING, Uint8Array.of(0));
    }
    if (link.attributes.has(IFLA_MTU)) checkMtu(link.mtu);
    if (isChild(link)) {
      const parent = link.otherIndex === undefined ? undefined : this.byIndex(asked, link.otherIndex);
      this.#children.adopt(link, parent, this.all(asked));
    }
    if (!link.attributes.has(IFLA_MTU)) link.attributes.set(IFLA_MTU, bytesOfU32(DEFAULT_MTU));
    if (!link.attributes.has(IFLA_TXQLEN)) link.attributes.set(IFLA_TXQLEN, bytesOfU32(DEFAULT_QUEUE_LENGTH));
    if (link.mac === undefined) {
      const mac = randomMac();
      link.attributes.set(IFLA_ADDRESS, mac);
      this.sources.chosenMac(mac);
    }
    links.push(link);
    this.#changed.add(link);
    return link;
  }

  /** To the other namespace: from the host to the container, or back. It arrives down, and without what hung on it. */
  #move(link: PlannedLink, name: string | undefined): PlannedLink {
    if (link.type === ARPHRD_LOOPBACK || link.kind === "bridge") throw new KernelError(EINVAL);
    const target = link.ns === "host" ? this.sources.container() : "host";
    const others = this.all(target);
    const taken = (it: string | undefined) => others.some((other) => other.name === it);
    if (taken(link.name) && (name === undefined || taken(name))) throw new KernelError(EEXIST);
    const peer = this.#peerOf(link);
    this.all(link.ns).splice(this.all(link.ns).indexOf(link), 1);
    this.onDown(link);
    const free = others.every((other) => other.index !== link.index);
    const index = free ? link.index : Math.max(...others.map((other) => other.index)) + 1;
    const moved = link.movedTo(target, index);
    if (peer !== undefined) {
      this.#pairs.delete(link);
      this.#pairs.set(moved, peer).set(peer, moved);
      peer.attributes.set(IFLA_LINK, bytesOfU32(index));
    }
    if (taken(link.name)) moved.name = name!;
    this.#children.replace(link, moved);
    // The kernel lists links by their index.
    others.push(moved);
    others.sort((a, b) => a.index - b.index);
    return moved;
  }

  /** @throws {KernelError} EEXIST, and EBUSY for one that is up */
  #rename(link: PlannedLink, name: string | undefined, goesDown: boolean): void {
    if (name === undefined || name === link.name) return;
    if (link.up && !goesDown) throw new KernelError(EBUSY);
    if (this.byName(link.ns, name) !== undefined) throw new KernelError(EEXIST);
    link.name = name;
  }

  #makePeer(ns: Place, link: PlannedLink): void {
    const description = link.data.get(VETH_INFO_PEER) ?? new Uint8Array(HEADER_LENGTH);
    const attributes = rawAttributes(description, HEADER_LENGTH);
    link.data.clear();
    let peer: PlannedLink;
    try {
      peer = this.#make(attributes.has(IFLA_NET_NS_FD) ? this.sources.container() : ns, attributes, undefined);
    } catch (error) {
      this.all(ns).pop();
      throw error;
    }
    peer.kind = "veth";
    link.attributes.set(IFLA_LINK, bytesOfU32(peer.index));
    peer.attributes.set(IFLA_LINK, bytesOfU32(link.index));
    this.#pairs.set(link, peer).set(peer, link);
  }

  #join(link: PlannedLink, master: number): void {
    if (master !== 0) this.byIndex(link.ns, master);
    link.setMaster(master);
  }

  /** The other end of a veth pair. A namespace that has not been looked at has none. */
  #peerOf(link: PlannedLink): PlannedLink | undefined {
    if (link.kind !== "veth") return undefined;
    const made = this.#pairs.get(link);
    if (made !== undefined) return made;
    return [...this.#links.values()].flat().find((it) =>
      it !== link && it.kind === "veth" && it.index === link.otherIndex && it.otherIndex === link.index
    );
  }

  #checkFiltering(ns: Place, info: Uint8Array): void {
    const data = rawAttributes(rawAttributes(info, 0).get(IFLA_INFO_DATA) ?? new Uint8Array(), 0);
    if (data.get(IFLA_BR_VLAN_FILTERING)?.[0] === 1 && this.#cannotFilter(ns)) throw new KernelError(EOPNOTSUPP);
  }

  /** A kernel without CONFIG_BRIDGE_VLAN_FILTERING shows by its bridges, if there is one: they have no PVID. */
  #cannotFilter(ns: Place): boolean {
    return !this.vlanFiltering ||
      this.all(ns).some((it) => it.kind === "bridge" && !it.made && !it.data.has(IFLA_BR_VLAN_DEFAULT_PVID));
  }

  /** Works out who can carry frames. Links that nothing has changed stay as the kernel has them. */
  #settle(): void {
    const links = [...this.#links.values()].flat();
    for (const link of links) {
      const peer = this.#peerOf(link);
      const parent = this.#children.parentOf(link);
      if (peer !== undefined) link.setCarrier(link.up && peer.up);
      else if (parent !== undefined) link.setCarrier(link.up && parent.up);
      else if (link.kind !== "bridge" && this.#changed.has(link)) link.setCarrier(link.up);
    }
    for (const bridge of links.filter((it) => it.kind === "bridge")) {
      const ports = links.filter((it) => it.ns === bridge.ns && it.masterIndex === bridge.index);
      bridge.setCarrier(bridge.up && ports.some((it) => it.carrier));
      for (const port of ports) port.setForwarding(bridge.up && port.carrier);
    }
  }
}

/** @throws {KernelError} with the kernel's words */
function checkMtu(mtu: number): void {
  if (mtu < MIN_MTU) throw new KernelError(EINVAL, "mtu less than device minimum");
  if (mtu > MAX_MTU) throw new KernelError(EINVAL, "mtu greater than device maximum");
}

/** The attribute by which a link of that name is looked up. */
export function nameOf(attributes: ReadonlyMap<number, Uint8Array>): string | undefined {
  const bytes = attributes.get(IFLA_IFNAME);
  return bytes && new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}
