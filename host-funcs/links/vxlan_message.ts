// What RTM_NEWLINK says of a VXLAN device. Pure. Source: include/uapi/linux/if_link.h (IFLA_VXLAN_*).

import { AF_INET, formatAddress, type IpAddress } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import type { NetlinkMessage } from "../sys/netlink_message.ts";
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  type LinkDescription,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";

const IFLA_VXLAN_ID = 1;
const IFLA_VXLAN_GROUP = 2;
const IFLA_VXLAN_LINK = 3;
const IFLA_VXLAN_LOCAL = 4;
const IFLA_VXLAN_LEARNING = 7;
const IFLA_VXLAN_PORT = 15;
const IFLA_VXLAN_GROUP6 = 16;
const IFLA_VXLAN_LOCAL6 = 17;
const IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
const IFLA_VXLAN_GBP = 23;
const IFLA_VXLAN_COLLECT_METADATA = 25;

/** What is particular to a VXLAN device that is made. What is left out stays as it is, or is the kernel's choice. */
export interface VxlanSettings {
  readonly vni: number;
  readonly port?: number;
  readonly local?: IpAddress;
  /** Index of the link below; 0 for none. */
  readonly parent?: number;
  readonly learning?: boolean;
  readonly gbp?: boolean;
}

/**
 * Makes a VXLAN device, or changes one.
 *
 * @param flags NLM_F_*
 * @param which by name, which a new one gets, or by index
 */
export function vxlanMessage(
  flags: number,
  which: { name: string } | { index: number },
  { vni, port, local, parent, learning, gbp }: VxlanSettings,
  { mtu, mac }: { mtu?: number | undefined; mac?: string | undefined } = {},
): NetlinkMessage {
  const message = linkMessage(RTM_NEWLINK, { messageFlags: flags, ..."index" in which ? { index: which.index } : {} });
  if ("name" in which) message.string(IFLA_IFNAME, which.name);
  if (mtu !== undefined) message.attrU32(IFLA_MTU, mtu);
  if (mac !== undefined) message.bytes(IFLA_ADDRESS, parseMac(mac));
  return message.nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_KIND, "vxlan").nest(IFLA_INFO_DATA, (data) => {
      data.attrU32(IFLA_VXLAN_ID, vni);
      if (port !== undefined) data.attrU16be(IFLA_VXLAN_PORT, port);
      if (learning !== undefined) data.attrU8(IFLA_VXLAN_LEARNING, learning ? 1 : 0);
      if (local) data.bytes(local.family === AF_INET ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local.bytes);
      // Over IPv6 the kernel sends checksums; a peer that saves them is listened to nevertheless (RFC 6935).
      if (local && local.family !== AF_INET && "name" in which) data.attrU8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1);
      if (parent) data.attrU32(IFLA_VXLAN_LINK, parent);
      // A flag: it is on by being there.
      if (gbp) data.bytes(IFLA_VXLAN_GBP, new Uint8Array());
    });
  });
}

/** A VXLAN device as the kernel describes it. */
export interface VxlanDescription {
  readonly vni: number;
  readonly port: number;
  /** Canonical; empty where it has none. */
  readonly local: string;
  /** 0 for none. */
  readonly parent: number;
  readonly learning: boolean;
  readonly gbp: boolean;
  /** It sends what it has no entry for somewhere (a group, a remote), or takes the tunnel from each packet (external). */
  readonly otherwise: boolean;
}

/** Undefined for a link of another kind. */
export function readVxlan({ kind, data }: LinkDescription): VxlanDescription | undefined {
  if (kind !== "vxlan" || data === undefined) return undefined;
  const local = data.bytes(IFLA_VXLAN_LOCAL) ?? data.bytes(IFLA_VXLAN_LOCAL6);
  return {
    vni: data.u32(IFLA_VXLAN_ID) ?? 0,
    port: data.u16be(IFLA_VXLAN_PORT) ?? 0,
    local: local?.length === 4 || local?.length === 16 ? formatAddress(local) : "",
    parent: data.u32(IFLA_VXLAN_LINK) ?? 0,
    learning: data.u8(IFLA_VXLAN_LEARNING) === 1,
    gbp: data.has(IFLA_VXLAN_GBP),
    otherwise: data.has(IFLA_VXLAN_GROUP) || data.has(IFLA_VXLAN_GROUP6) ||
      (data.u8(IFLA_VXLAN_COLLECT_METADATA) ?? 0) !== 0,
  };
}
