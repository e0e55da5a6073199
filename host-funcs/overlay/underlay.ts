// The link by which this node reaches the others, and the VXLAN devices that there are already.

import type { Family, PresentDevice } from "cnidaria:cni/controller@0.3.0";
import { addressQuery, readAddress } from "../addresses/address_message.ts";
import { HostCallError } from "../error.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { MAIN_TABLE, readRoute, routeQuery } from "../routes/route_message.ts";
import { attempt, EAFNOSUPPORT, EOPNOTSUPP, isErrno } from "../sys/errno.ts";
import { AF_INET, AF_INET6, formatAddress, networkOf, parseAddress, parseCidr, versionOf } from "../sys/ip_address.ts";
import { Attributes } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { type LinkNames, readLinks } from "./kernel.ts";
import { isLinkLocal } from "./node.ts";

/** include/uapi/linux/if_addr.h: another address of the network comes before it (IPv4), or it is temporary (IPv6). */
const IFA_F_SECONDARY = 0x01;
const IFA_F_DEPRECATED = 0x20;
const IFA_FLAGS = 8;
const RT_SCOPE_UNIVERSE = 0;

export interface Underlay {
  readonly link: string;
  /** Bytes. */
  readonly mtu: number;
  /** The node's address on it. */
  readonly publicIp: string;
  /** The networks of the link's addresses, CIDR notation. */
  readonly onLink: string[];
}

/** By which link, or by which of the node's addresses; by neither: the link of the default route. */
export interface UnderlayChoice {
  readonly link?: string;
  readonly address?: string;
}

/** @throws {HostCallError} that says what the node lacks */
export function findUnderlay(netlink: RouteNetlink, family: Family, choice: UnderlayChoice = {}): Underlay {
  const links = readLinks(netlink);
  const all = readHostAddresses(netlink, family);
  const { link, source } = choose(netlink, family, choice, links, all);
  if (!link.up) throw missing(family, `${link.name} is down`, `set it up, or name another link`);
  const own = all.filter(({ linkIndex }) => linkIndex === link.index);
  const address = source === undefined ? own.find(({ preferred }) => preferred) ?? own[0] : own.find((it) => {
    return addressOf(it.cidr) === source;
  });
  if (address === undefined) {
    const which = source === undefined ? `no ${wordOf(family)} address` : `no address ${source}`;
    throw missing(family, `${link.name} has ${which}`, "add one, or name another link");
  }
  const onLink = [...new Set(own.map(({ cidr }) => networkText(cidr)))];
  return { link: link.name, mtu: link.mtu, publicIp: addressOf(address.cidr), onLink };
}

/** The VXLAN devices that the node has, whoever made them. @throws {HostCallError} */
export function presentDevices(netlink: RouteNetlink): PresentDevice[] {
  return readLinks(netlink).all.filter(({ kind }) => kind === "vxlan").map(({ name, mac }) => ({ name, mac }));
}

function choose(
  netlink: RouteNetlink,
  family: Family,
  { link: name, address }: UnderlayChoice,
  links: LinkNames,
  all: readonly HostAddress[],
): { link: LinkDescription; source: string | undefined } {
  if (address !== undefined && versionOf(address) !== (family === "ipv4" ? 4 : 6)) {
    throw missing(family, `"${address}" is no ${wordOf(family)} address`, "correct it");
  }
  const source = address === undefined ? undefined : formatAddress(parseAddress(address).bytes);
  if (name !== undefined) {
    const link = links.named(name);
    if (link) return { link, source };
    throw missing(family, `there is no link ${name}`, `the node has ${namesOf(links)}`);
  }
  if (source !== undefined) {
    const link = links.indexed(all.find(({ cidr }) => addressOf(cidr) === source)?.linkIndex ?? 0);
    if (link) return { link, source };
    throw missing(family, `no link has the address ${source}`, `the node has ${addressesOf(all)}`);
  }
  const route = defaultRoute(netlink, family);
  const link = links.indexed(route?.linkIndex ?? 0);
  if (link) return { link, source: route?.source };
  throw missing(family, `there is no ${wordOf(family)} default route`, "name the link between the nodes");
}

/** The one that the kernel prefers. */
function defaultRoute(netlink: RouteNetlink, family: Family) {
  const number = family === "ipv4" ? AF_INET : AF_INET6;
  return orNone("look for the default route", () => netlink.dump(routeQuery(number, MAIN_TABLE)))
    .flatMap((message) => {
      const route = readRoute(message);
      if (route === undefined || route.table !== MAIN_TABLE || !route.dst.endsWith("/0")) return [];
      return [{ ...route, linkIndex: route.linkIndex ?? route.hops?.[0]?.linkIndex ?? 0 }];
    })
    .toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0))[0];
}

interface HostAddress {
  readonly cidr: string;
  readonly linkIndex: number;
  /** Neither secondary nor temporary, nor about to go. */
  readonly preferred: boolean;
}

/** The addresses of a family by which other nodes can reach this one. */
function readHostAddresses(netlink: RouteNetlink, family: Family): HostAddress[] {
  return orNone("list the node's addresses", () => netlink.dump(addressQuery(0))).flatMap((message) => {
    const address = readAddress(message);
    if (address === undefined || address.cidr.includes(":") !== (family === "ipv6")) return [];
    const { cidr, linkIndex, tentative, duplicate } = address;
    if (duplicate || isLinkLocal(cidr) || message.payload[3] !== RT_SCOPE_UNIVERSE) return [];
    const flags = new Attributes(message.payload, 8).u32(IFA_FLAGS) ?? message.payload[2]!;
    return [{ cidr, linkIndex, preferred: !tentative && (flags & (IFA_F_SECONDARY | IFA_F_DEPRECATED)) === 0 }];
  });
}

function orNone<T>(what: string, fn: () => T[]): T[] {
  return attempt(what, () => {
    try {
      return fn();
    } catch (error) {
      if (isErrno(error, EOPNOTSUPP, EAFNOSUPPORT)) return [];
      throw error;
    }
  });
}

function missing(family: Family, why: string, advice: string): HostCallError {
  return new HostCallError(
    "not-found",
    `Cannot find this node's ${wordOf(family)} link to the other nodes as ${why}: ${advice}`,
  );
}

function networkText(cidr: string): string {
  const { bytes, prefixLength } = networkOf(parseCidr(cidr));
  return `${formatAddress(bytes)}/${prefixLength}`;
}

function addressOf(cidr: string): string {
  return cidr.slice(0, cidr.indexOf("/"));
}

function wordOf(family: Family): string {
  return family === "ipv4" ? "IPv4" : "IPv6";
}

function namesOf({ all }: LinkNames): string {
  return all.slice(0, 20).map(({ name }) => name).join(", ");
}

function addressesOf(all: readonly HostAddress[]): string {
  return all.length === 0 ? "none" : all.slice(0, 20).map(({ cidr }) => addressOf(cidr)).join(", ");
}
