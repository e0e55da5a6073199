// RTM_*NEIGH messages: neighbours and bridge forwarding entries. Pure. Source: include/uapi/linux/neighbour.h.

import { NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";
import { Attributes } from "../sys/netlink_message.ts";
import { formatAddress } from "../sys/ip_address.ts";
import { formatMac } from "../sys/mac_address.ts";
import { AF_BRIDGE } from "../links/link_message.ts";

export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;

const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_IFINDEX = 8;
const NDA_MASTER = 9;

export const NUD_REACHABLE = 0x02;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;
/** States in which the address has been asked for without an answer. */
const NUD_UNRESOLVED = 0x01 | 0x20;
export const NTF_SELF = 0x02;
export const NTF_MASTER = 0x04;

export interface NeighborDescription {
  readonly linkIndex: number;
  /** Neighbours, and entries of VXLAN devices. */
  readonly address?: string;
  /** Empty while it is unknown. */
  readonly mac: string;
  readonly permanent: boolean;
  readonly unresolved: boolean;
  /** A forwarding entry that the bridge holds, not the device itself. */
  readonly ofBridge: boolean;
}

/** Adds or removes a neighbour, or, with the family AF_BRIDGE, a forwarding entry. */
export function neighborMessage(
  type: number,
  { family, index, state = 0, flags = 0, address, mac, messageFlags = 0 }: {
    family: number;
    index: number;
    /** NUD_* */
    state?: number;
    /** NTF_* */
    flags?: number;
    address?: Uint8Array | undefined;
    mac?: Uint8Array | undefined;
    messageFlags?: number;
  },
): NetlinkMessage {
  const message = new NetlinkMessage(type, messageFlags).u8(family, 0, 0, 0).u32(index).u16(state).u8(flags, 0);
  if (address) message.bytes(NDA_DST, address);
  if (mac) message.bytes(NDA_LLADDR, mac);
  return message;
}

/** Asks for the entries of a link, or of all, by a dump; family AF_BRIDGE for forwarding entries, 0 for neighbours of both. */
export function neighborQuery(family: number, index?: number): NetlinkMessage {
  const message = new NetlinkMessage(RTM_GETNEIGH).u8(family, 0, 0, 0).u32(0).u16(0).u8(0, 0);
  return index === undefined ? message : message.attrU32(NDA_IFINDEX, index);
}

/** Reads RTM_NEWNEIGH. Undefined for a message that is too short. */
export function readNeighbor({ payload }: ReceivedMessage): NeighborDescription | undefined {
  if (payload.length < 12) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = new Attributes(payload, 12);
  const state = view.getUint16(8, true);
  const address = attributes.bytes(NDA_DST);
  return {
    linkIndex: view.getUint32(4, true),
    mac: formatMac(attributes.bytes(NDA_LLADDR) ?? new Uint8Array()),
    permanent: (state & NUD_PERMANENT) !== 0,
    unresolved: (state & NUD_UNRESOLVED) !== 0,
    ofBridge: payload[0] === AF_BRIDGE && attributes.has(NDA_MASTER),
    ...address?.length === 4 || address?.length === 16 ? { address: formatAddress(address) } : {},
  };
}
