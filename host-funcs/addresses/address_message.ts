// RTM_*ADDR messages. Pure. Source: include/uapi/linux/if_addr.h.

import { AF_INET, formatAddress, type IpPrefix } from "../sys/ip_address.ts";
import { Attributes, NetlinkMessage, type ReceivedMessage } from "../sys/netlink_message.ts";

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_FLAGS = 8;
export const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

export interface AddressDescription {
  readonly linkIndex: number;
  /** CIDR notation. */
  readonly cidr: string;
  /** Duplicate address detection is under way: it can't be used yet. */
  readonly tentative: boolean;
  /** Duplicate address detection found another owner. */
  readonly duplicate: boolean;
}

/** Adds or removes an address. IPv4 gets the broadcast address of its subnet, as `ip` gives it. */
export function addressMessage(
  type: number,
  index: number,
  { family, bytes, prefixLength }: IpPrefix,
  { messageFlags = 0, flags = 0 } = {},
): NetlinkMessage {
  const message = new NetlinkMessage(type, messageFlags).u8(family, prefixLength, 0, 0).u32(index)
    .bytes(IFA_LOCAL, bytes)
    .bytes(IFA_ADDRESS, bytes);
  if (family === AF_INET && prefixLength < 31) {
    const ones = bytes.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, prefixLength - at * 8))));
    message.bytes(IFA_BROADCAST, ones);
  }
  if (flags) message.attrU32(IFA_FLAGS, flags);
  return message;
}

/** Asks for the addresses of one link by a dump; 0: of all. A kernel without strict checking sends those of all links. */
export function addressQuery(index: number): NetlinkMessage {
  return new NetlinkMessage(RTM_GETADDR).u8(0, 0, 0, 0).u32(index);
}

/** Reads RTM_NEWADDR. Undefined for a message that is too short, or has no address. */
export function readAddress({ payload }: ReceivedMessage): AddressDescription | undefined {
  if (payload.length < 8) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const attributes = new Attributes(payload, 8);
  // IFA_LOCAL is this end; on a point-to-point link IFA_ADDRESS is the other.
  const bytes = attributes.bytes(IFA_LOCAL) ?? attributes.bytes(IFA_ADDRESS);
  if (bytes?.length !== (payload[0] === AF_INET ? 4 : 16)) return undefined;
  const flags = attributes.u32(IFA_FLAGS) ?? payload[2]!;
  return {
    linkIndex: view.getUint32(4, true),
    cidr: `${formatAddress(bytes)}/${payload[1]}`,
    tentative: (flags & IFA_F_TENTATIVE) !== 0 && (flags & IFA_F_DADFAILED) === 0,
    duplicate: (flags & IFA_F_DADFAILED) !== 0,
  };
}
