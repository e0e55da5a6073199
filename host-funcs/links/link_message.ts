// RTM_*LINK messages. Pure. Source: include/uapi/linux/{rtnetlink,if_link,if}.h.

import type { Link, LinkTuning } from "cnidaria:cni/links@0.3.0";
import { Attributes, NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";
import { formatMac } from "../sys/mac_address.ts";

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_SETLINK = 19;

export const AF_UNSPEC = 0;
export const AF_BRIDGE = 7;

export const IFF_UP = 0x1;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
const IFF_LOWER_UP = 0x10000;

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_TXQLEN = 13;
export const IFLA_OPERSTATE = 16;
export const IFLA_LINKINFO = 18;
export const IFLA_IFALIAS = 20;
export const IFLA_AF_SPEC = 26;
export const IFLA_NET_NS_FD = 28;
export const IFLA_EXT_MASK = 29;
export const IFLA_LINK_NETNSID = 37;
const RTEXT_FILTER_SKIP_STATS = 8;

export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const IFLA_INFO_SLAVE_KIND = 4;
export const IFLA_INFO_SLAVE_DATA = 5;

export const IFLA_BR_VLAN_FILTERING = 7;
export const IFLA_BR_VLAN_DEFAULT_PVID = 39;
const IFLA_BRPORT_STATE = 1;
export const IFLA_BRPORT_MODE = 4;
export const IFLA_BRPORT_ISOLATED = 33;
const BR_STATE_FORWARDING = 3;

const OPERSTATE_UNKNOWN = 0;
const OPERSTATE_UP = 6;

/** A link as the kernel describes it: the contract's record, with indexes where that has names. */
export interface LinkDescription extends Omit<Link, "master">, Required<LinkTuning> {
  readonly masterIndex?: number;
  /** `peerIndex` is a number of another namespace. */
  readonly peerElsewhere?: boolean;
  /** IFLA_IFALIAS */
  readonly alias?: string;
  /** IFLA_INFO_DATA: what is particular to its kind. */
  readonly data?: Attributes;
}

/** A message about a link, named by index (0: by an attribute, or a new one). */
export function linkMessage(
  type: number,
  { index = 0, flags = 0, change = 0, family = AF_UNSPEC, messageFlags = 0 }: {
    index?: number;
    /** IFF_* values, and which of them are meant. */
    flags?: number;
    change?: number;
    family?: number;
    /** NLM_F_* */
    messageFlags?: number;
  } = {},
): NetlinkMessage {
  return new NetlinkMessage(type, messageFlags).u8(family, 0).u16(0).u32(index).u32(flags).u32(change);
}

/** Asks for one link by name or index, or, without either, for all by a dump. Counters are left out. */
export function linkQuery(which?: string | number): NetlinkMessage {
  const message = linkMessage(RTM_GETLINK, typeof which === "number" ? { index: which } : {});
  if (typeof which === "string") message.string(IFLA_IFNAME, which);
  return message.attrU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

/** Reads RTM_NEWLINK. Undefined for a message that is too short to be one. */
export function readLink({ payload }: ReceivedMessage): LinkDescription | undefined {
  if (payload.length < 16) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const flags = view.getUint32(8, true);
  const attributes = new Attributes(payload, 16);
  const info = attributes.nested(IFLA_LINKINFO);
  const kind = info?.string(IFLA_INFO_KIND) ?? "";
  const data = info?.nested(IFLA_INFO_DATA);
  const slave = info?.string(IFLA_INFO_SLAVE_KIND) === "bridge" ? info.nested(IFLA_INFO_SLAVE_DATA) : undefined;
  const operstate = attributes.u8(IFLA_OPERSTATE);
  const peerIndex = attributes.u32(IFLA_LINK);
  const masterIndex = attributes.u32(IFLA_MASTER);
  const alias = attributes.string(IFLA_IFALIAS);
  const filtering = kind === "bridge" ? data?.u8(IFLA_BR_VLAN_FILTERING) : undefined;
  return {
    index: view.getInt32(4, true),
    name: attributes.string(IFLA_IFNAME) ?? "",
    kind: kind === "" && view.getUint16(2, true) === ARPHRD_LOOPBACK ? "loopback" : kind,
    mac: formatMac(attributes.bytes(IFLA_ADDRESS) ?? new Uint8Array()),
    mtu: attributes.u32(IFLA_MTU) ?? 0,
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_LOWER_UP) !== 0 && (operstate === OPERSTATE_UP || operstate === OPERSTATE_UNKNOWN),
    promisc: (flags & IFF_PROMISC) !== 0,
    allmulti: (flags & IFF_ALLMULTI) !== 0,
    queueLength: attributes.u32(IFLA_TXQLEN) ?? 0,
    ...peerIndex === undefined ? {} : { peerIndex },
    ...attributes.has(IFLA_LINK_NETNSID) ? { peerElsewhere: true } : {},
    ...masterIndex === undefined ? {} : { masterIndex },
    ...alias ? { alias } : {},
    ...data === undefined ? {} : { data },
    ...filtering === undefined ? {} : { vlanFiltering: filtering === 1 },
    ...slave === undefined ? {} : {
      port: {
        hairpin: slave.u8(IFLA_BRPORT_MODE) === 1,
        isolated: slave.u8(IFLA_BRPORT_ISOLATED) === 1,
        forwarding: slave.u8(IFLA_BRPORT_STATE) === BR_STATE_FORWARDING,
      },
    },
  };
}

const ARPHRD_LOOPBACK = 772;
