// The routes of a plan. What the kernel refuses is refused here with its errno and words: a gateway out of reach, a link
// that is down, a second route to a destination with the same priority.

import { MAIN_TABLE, routeQuery, RTM_NEWROUTE } from "../routes/route_message.ts";
import { EEXIST, EINVAL, ESRCH, KernelError } from "../sys/errno.ts";
import { AF_INET, AF_INET6, networkOf } from "../sys/ip_address.ts";
import { NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";
import type { PlannedAddress, PlannedAddresses } from "./addresses.ts";
import type { PlannedLink } from "./link.ts";
import type { PlannedLinks, Sources } from "./links.ts";
import type { Place } from "./place.ts";
import { headerU32, rawAttributes, received, sameBytes, u32Of } from "./received.ts";

const HEADER_LENGTH = 12;
const SCOPE_OFFSET = 6;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_TABLE = 15;
const RTPROT_KERNEL = 2;
const RTN_UNICAST = 1;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;
const RTNH_F_ONLINK = 4;
const ENETDOWN = 100;
const ENETUNREACH = 101;
const EHOSTUNREACH = 113;
/** Of IPv6: of a route that names none, and of those that the kernel makes for addresses. */
const [USUAL_METRIC, KERNEL_METRIC] = [1024, 256];

interface PlannedRoute {
  readonly message: ReceivedMessage;
  readonly family: number;
  readonly prefixLength: number;
  readonly table: number;
  readonly scope: number;
  readonly onlink: boolean;
  readonly dst: Uint8Array | undefined;
  readonly gateway: Uint8Array | undefined;
  readonly source: Uint8Array | undefined;
  readonly linkIndex: number | undefined;
  readonly priority: number | undefined;
}

export class PlannedRoutes {
  readonly #routes = new Map<string, PlannedRoute[]>();

  constructor(
    private readonly sources: Sources,
    private readonly links: PlannedLinks,
    private readonly addresses: PlannedAddresses,
  ) {}

  /** RTM_GETROUTE of one family and table. */
  list(ns: Place, { payload }: ReceivedMessage): ReceivedMessage[] {
    const table = u32Of(rawAttributes(payload, HEADER_LENGTH).get(RTA_TABLE)) ?? payload[4]!;
    return this.#all(ns, payload[0]!).filter((it) => table === 0 || it.table === table).map((it) => it.message);
  }

  /** RTM_GETROUTE of one address: the longest prefix, and of those the lowest metric. Rules and local routes are not kept. */
  lookUp(ns: Place, { payload }: ReceivedMessage): ReceivedMessage {
    const address = rawAttributes(payload, HEADER_LENGTH).get(RTA_DST)!;
    const [best] = this.#all(ns, payload[0]!)
      .filter((it) => it.table === MAIN_TABLE && covers(it, address))
      .toSorted((a, b) => b.prefixLength - a.prefixLength || (a.priority ?? 0) - (b.priority ?? 0));
    if (best === undefined) throw new KernelError(ENETUNREACH);
    return best.message;
  }

  /** RTM_NEWROUTE with NLM_F_EXCL. */
  add(ns: Place, request: ReceivedMessage): void {
    const route = this.#complete(ns, read(request));
    if (this.#all(ns, route.family).some((it) => isSameDestination(it, route) && it.priority === route.priority)) {
      throw new KernelError(EEXIST);
    }
    this.#all(ns, route.family).push(route);
  }

  /** RTM_DELROUTE: the first that has everything that the request names. */
  remove(ns: Place, request: ReceivedMessage): void {
    const wanted = read(request);
    const routes = this.#all(ns, wanted.family);
    const at = routes.findIndex((it) =>
      isSameDestination(it, wanted) &&
      (wanted.scope === RT_SCOPE_NOWHERE || wanted.family !== AF_INET || it.scope === wanted.scope) &&
      (wanted.gateway === undefined || sameBytes(it.gateway, wanted.gateway)) &&
      (wanted.source === undefined || sameBytes(it.source, wanted.source)) &&
      (wanted.linkIndex === undefined || it.linkIndex === wanted.linkIndex) &&
      (wanted.priority === undefined || it.priority === wanted.priority)
    );
    if (at < 0) throw new KernelError(ESRCH);
    routes.splice(at, 1);
  }

  /** The route to an address's network, which the kernel makes while the link is up. */
  connect(link: PlannedLink, address: PlannedAddress): void {
    if (address.family === AF_INET && address.prefixLength === 32) return;
    const route = connected(address);
    const routes = this.#all(link.ns, route.family);
    if (!routes.some((it) => isSameDestination(it, route) && it.priority === route.priority)) routes.push(route);
  }

  /** Its end, with the address. */
  disconnect(ns: Place, address: PlannedAddress): void {
    const route = connected(address);
    const routes = this.#all(ns, route.family);
    const at = routes.findIndex((it) => isSameDestination(it, route) && it.linkIndex === address.linkIndex);
    if (at >= 0) routes.splice(at, 1);
  }

  /** A link that is down has none. */
  forget(link: PlannedLink): void {
    for (const family of [AF_INET, AF_INET6]) {
      const left = this.#all(link.ns, family).filter((it) => it.linkIndex !== link.index);
      this.#routes.set(`${link.ns} ${family}`, left);
    }
  }

  #all(ns: Place, family: number): PlannedRoute[] {
    const key = `${ns} ${family}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    // Table 0 is all of them.
    const routes = (this.sources.read(ns)?.dump(routeQuery(family, 0)) ?? []).map(read);
    this.#routes.set(key, routes);
    return routes;
  }

  /** What the kernel checks and adds. */
  #complete(ns: Place, route: PlannedRoute): PlannedRoute {
    const ipv4 = route.family === AF_INET;
    const link = route.linkIndex === undefined ? undefined : this.links.byIndex(ns, route.linkIndex);
    const through = route.gateway === undefined ? undefined : this.#reach(ns, route);
    if (link?.up === false && (!ipv4 || route.onlink)) throw new KernelError(ENETDOWN, "Nexthop device is not up");
    if (link?.up === false && route.gateway === undefined) {
      throw new KernelError(ENETDOWN, "Device for nexthop is not up");
    }
    if (!ipv4 && route.gateway !== undefined && this.addresses.isLocal(ns, route.gateway)) {
      throw new KernelError(EINVAL, "Gateway can not be a local address");
    }
    if (route.gateway !== undefined && through === undefined) {
      throw ipv4 ? new KernelError(ENETUNREACH, "Nexthop has invalid gateway") : new KernelError(EHOSTUNREACH);
    }
    if (route.source !== undefined && !this.addresses.isLocal(ns, route.source)) {
      throw new KernelError(EINVAL, ipv4 ? "Invalid prefsrc address" : "Invalid source address");
    }
    return withDefaults(route, link?.index ?? through!);
  }

  /** @returns the index of the link by which the gateway is reached */
  #reach(ns: Place, { family, gateway, linkIndex, onlink }: PlannedRoute): number | undefined {
    if (onlink) return linkIndex;
    const own = this.addresses.all(ns).find((it) => sameBytes(it.bytes, gateway));
    if (own !== undefined && family === AF_INET) return own.linkIndex;
    // fe80::/10 is on every link.
    if (family === AF_INET6 && gateway![0] === 0xfe && (gateway![1]! & 0xc0) === 0x80) return linkIndex;
    return this.#all(ns, family).find((it) =>
      it.gateway === undefined && it.message.payload[7] === RTN_UNICAST &&
      (linkIndex === undefined || it.linkIndex === linkIndex) && covers(it, gateway!)
    )?.linkIndex;
  }
}

function covers({ family, dst, prefixLength }: PlannedRoute, address: Uint8Array): boolean {
  const network = networkOf({ family: family === AF_INET ? AF_INET : AF_INET6, bytes: address, prefixLength }).bytes;
  return sameBytes(network, dst ?? new Uint8Array(address.length));
}

function isSameDestination(a: PlannedRoute, b: PlannedRoute): boolean {
  return a.table === b.table && a.prefixLength === b.prefixLength && sameBytes(a.dst, b.dst);
}

/** With the link that the gateway implies, and, of IPv6, the usual metric. */
function withDefaults(route: PlannedRoute, linkIndex: number): PlannedRoute {
  const { message: { payload }, family } = route;
  const attributes = rawAttributes(payload, HEADER_LENGTH);
  const message = new NetlinkMessage(RTM_NEWROUTE).u8(...headerOf(payload, family));
  for (const [type, value] of attributes) if (type !== RTA_OIF) message.bytes(type, value);
  message.attrU32(RTA_OIF, linkIndex);
  if (family !== AF_INET && route.priority === undefined) message.attrU32(RTA_PRIORITY, USUAL_METRIC);
  return read(received(message));
}

/** IPv6 has no scopes. */
function headerOf(payload: Uint8Array, family: number): Uint8Array {
  const header = payload.slice(0, HEADER_LENGTH);
  if (family !== AF_INET) header[SCOPE_OFFSET] = 0;
  return header;
}

function connected({ family, bytes, prefixLength, linkIndex }: PlannedAddress): PlannedRoute {
  const ipv4 = family === AF_INET;
  const network = networkOf({ family: ipv4 ? AF_INET : AF_INET6, bytes, prefixLength });
  const message = new NetlinkMessage(RTM_NEWROUTE).u8(family, prefixLength, 0, 0)
    .u8(MAIN_TABLE, RTPROT_KERNEL, ipv4 ? RT_SCOPE_LINK : 0, RTN_UNICAST).u32(0)
    .attrU32(RTA_TABLE, MAIN_TABLE).bytes(RTA_DST, network.bytes).attrU32(RTA_OIF, linkIndex);
  if (ipv4) message.bytes(RTA_PREFSRC, bytes);
  else message.attrU32(RTA_PRIORITY, KERNEL_METRIC);
  return read(received(message));
}

function read(message: ReceivedMessage): PlannedRoute {
  const { payload } = message;
  const attributes = rawAttributes(payload, HEADER_LENGTH);
  return {
    message,
    family: payload[0]!,
    prefixLength: payload[1]!,
    table: u32Of(attributes.get(RTA_TABLE)) ?? payload[4]!,
    scope: payload[6]!,
    onlink: (headerU32(payload, 8) & RTNH_F_ONLINK) !== 0,
    dst: attributes.get(RTA_DST),
    gateway: attributes.get(RTA_GATEWAY),
    source: attributes.get(RTA_PREFSRC),
    linkIndex: u32Of(attributes.get(RTA_OIF)),
    priority: u32Of(attributes.get(RTA_PRIORITY)),
  };
}
