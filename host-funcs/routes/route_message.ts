// RTM_*ROUTE messages. Pure. Source: include/uapi/linux/rtnetlink.h.

import type { RouteValue } from "../change.ts";
import { HostCallError } from "../error.ts";
import { AF_INET, formatAddress, type IpAddress, networkOf, parseAddress, parseCidr } from "../sys/ip_address.ts";
import { Attributes, NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_TABLE = 15;
const RTA_VIA = 18;
const RTAX_MTU = 2;
const RTAX_ADVMSS = 8;

export const MAIN_TABLE = 254;
export const RTPROT_KERNEL = 2;
const RTPROT_BOOT = 3;
const RTN_UNICAST = 1;
const RTNH_F_ONLINK = 4;
const RTM_F_CLONED = 0x200;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;

/**
 * Adds or removes a route.
 *
 * @param index of `route.link`
 * @param protocol RTPROT_*: who made it. On removal 0 matches any.
 * @throws {HostCallError} `invalid` for malformed text, mixed families, and a route that leads nowhere
 */
export function routeMessage(
  type: number,
  route: RouteValue,
  index: number | undefined,
  messageFlags = 0,
  protocol = type === RTM_DELROUTE ? 0 : RTPROT_BOOT,
) {
  const dst = networkOf(parseCidr(route.dst));
  const gateway = route.gateway === undefined ? undefined : parseAddress(route.gateway);
  const source = route.source === undefined ? undefined : parseAddress(route.source);
  for (const address of [gateway, source]) {
    if (address === undefined || address.family === dst.family) continue;
    throw new HostCallError(
      "invalid",
      `Cannot use the route to ${route.dst} as IPv4 and IPv6 are mixed in it: ${formatAddress(address.bytes)}`,
    );
  }
  if (gateway === undefined && index === undefined) {
    throw new HostCallError("invalid", `Cannot use the route to ${route.dst} as it has neither gateway nor link`);
  }
  const table = route.table ?? MAIN_TABLE;
  const removing = type === RTM_DELROUTE;
  // On removal a scope of "nowhere" matches any; IPv6 has no scopes.
  const usual = dst.family !== AF_INET || gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  const scope = route.scope ?? (removing ? RT_SCOPE_NOWHERE : usual);
  const message = new NetlinkMessage(type, messageFlags)
    .u8(dst.family, dst.prefixLength, 0, 0)
    .u8(table > 255 ? 0 : table, protocol, scope, RTN_UNICAST)
    .u32(route.onlink ? RTNH_F_ONLINK : 0)
    .attrU32(RTA_TABLE, table);
  if (dst.prefixLength > 0) message.bytes(RTA_DST, dst.bytes);
  if (gateway) message.bytes(RTA_GATEWAY, gateway.bytes);
  if (source) message.bytes(RTA_PREFSRC, source.bytes);
  if (index !== undefined) message.attrU32(RTA_OIF, index);
  if (route.priority !== undefined) message.attrU32(RTA_PRIORITY, route.priority);
  if (route.mtu !== undefined || route.advmss !== undefined) {
    message.nest(RTA_METRICS, (metrics) => {
      if (route.mtu !== undefined) metrics.attrU32(RTAX_MTU, route.mtu);
      if (route.advmss !== undefined) metrics.attrU32(RTAX_ADVMSS, route.advmss);
    });
  }
  return message;
}

/**
 * Asks for the routes of a table by a dump, of one link where its index is given. A kernel without strict checking sends
 * all tables and links.
 */
export function routeQuery(family: number, table: number, index?: number): NetlinkMessage {
  const message = new NetlinkMessage(RTM_GETROUTE).u8(family, 0, 0, 0, table > 255 ? 0 : table, 0, 0, 0).u32(0)
    .attrU32(RTA_TABLE, table);
  return index === undefined ? message : message.attrU32(RTA_OIF, index);
}

/** Asks for the route that the kernel would take to an address. */
export function routeLookUp({ family, bytes }: IpAddress): NetlinkMessage {
  return new NetlinkMessage(RTM_GETROUTE).u8(family, bytes.length * 8, 0, 0, 0, 0, 0, 0).u32(0).bytes(RTA_DST, bytes);
}

/** The index of the link of what `routeLookUp` got for an answer; undefined where that is no unicast route. */
export function linkOfLookUp({ payload }: ReceivedMessage): number | undefined {
  if (payload.length < 12 || payload[7] !== RTN_UNICAST) return undefined;
  return new Attributes(payload, 12).u32(RTA_OIF);
}

/** A route as the kernel describes it: with the index of its link. */
export interface RouteDescription extends Omit<RouteValue, "link"> {
  readonly linkIndex?: number;
  readonly table: number;
  /** Of a route by several ways, which has neither a link nor a gateway of its own. */
  readonly hops?: readonly Hop[];
}

/** One way of several. */
export interface Hop {
  readonly linkIndex: number;
  readonly gateway?: string;
}

/** RTPROT_* of an RTM_NEWROUTE: who made the route. */
export function protocolOf({ payload }: ReceivedMessage): number {
  return payload[5] ?? 0;
}

/** Reads RTM_NEWROUTE. Undefined for a message that is too short, and for anything but a unicast route of a table. */
export function readRoute({ payload }: ReceivedMessage): RouteDescription | undefined {
  if (payload.length < 12 || payload[7] !== RTN_UNICAST) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const flags = view.getUint32(8, true);
  if (flags & RTM_F_CLONED) return undefined;
  const attributes = new Attributes(payload, 12);
  const length = payload[0] === AF_INET ? 4 : 16;
  const metrics = attributes.nested(RTA_METRICS);
  const address = (type: number) => addressIn(attributes, type, length);
  const hops = attributes.bytes(RTA_MULTIPATH);
  return compact({
    dst: `${address(RTA_DST) ?? formatAddress(new Uint8Array(length))}/${payload[1]}`,
    gateway: gatewayIn(attributes, length),
    source: address(RTA_PREFSRC),
    priority: attributes.u32(RTA_PRIORITY),
    mtu: metrics?.u32(RTAX_MTU),
    advmss: metrics?.u32(RTAX_ADVMSS),
    table: attributes.u32(RTA_TABLE) ?? payload[4]!,
    scope: payload[6]!,
    onlink: (flags & RTNH_F_ONLINK) !== 0,
    linkIndex: attributes.u32(RTA_OIF),
    hops: hops === undefined ? undefined : readHops(hops, length),
  });
}

/** struct rtnexthop { u16 length; u8 flags; u8 hops; i32 ifindex; }, each with the attributes of its way. */
function readHops(bytes: Uint8Array, addressLength: number): Hop[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const hops: Hop[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < 8 || at + length > bytes.length) break;
    const attributes = new Attributes(bytes.subarray(at, at + length), 8);
    hops.push(compact({ linkIndex: view.getInt32(at + 4, true), gateway: gatewayIn(attributes, addressLength) }));
    at += (length + 3) & ~3;
  }
  return hops;
}

function addressIn(attributes: Attributes, type: number, length: number): string | undefined {
  const bytes = attributes.bytes(type);
  return bytes?.length === length ? formatAddress(bytes) : undefined;
}

function gatewayIn(attributes: Attributes, length: number): string | undefined {
  // A gateway of the other family (RFC 5549): two bytes of family, then the address.
  const via = attributes.bytes(RTA_VIA)?.subarray(2);
  return addressIn(attributes, RTA_GATEWAY, length) ??
    (via?.length === 4 || via?.length === 16 ? formatAddress(via) : undefined);
}

type Defined<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & {
    [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
  };

/** The same without the keys whose value is undefined. */
function compact<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>;
}
