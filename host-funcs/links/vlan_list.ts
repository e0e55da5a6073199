// Reading the VLANs of bridge ports. Source: include/uapi/linux/if_bridge.h, rtnetlink.h (RTEXT_FILTER_BRVLAN).

import type { HostContext } from "../context.ts";
import { attempt } from "../sys/errno.ts";
import { NetlinkMessage, readAttributes, type ReceivedMessage } from "../sys/netlink_message.ts";
import { AF_BRIDGE, IFLA_AF_SPEC, IFLA_EXT_MASK, RTM_GETLINK } from "./link_message.ts";

const RTEXT_FILTER_BRVLAN = 2;
const IFLA_BRIDGE_VLAN_INFO = 2;
const BRIDGE_VLAN_INFO_PVID = 2;
const BRIDGE_VLAN_INFO_UNTAGGED = 4;

/** A VLAN that a port, or a bridge itself, is in. */
export interface PortVlan {
  readonly vlan: number;
  readonly pvid: boolean;
  readonly untagged: boolean;
}

/** The VLANs of all ports and bridges of the host, by the index of the link. */
export function listVlans(context: HostContext): Map<number, PortVlan[]> {
  const query = new NetlinkMessage(RTM_GETLINK).u8(AF_BRIDGE, 0).u16(0).u32(0).u32(0).u32(0)
    .attrU32(IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
  const answers = attempt("list the VLANs of bridge ports", () => context.netlink("host").dump(query));
  return new Map(answers.map(readVlans).filter((entry) => entry !== undefined));
}

/** Reads RTM_NEWLINK of the family AF_BRIDGE: one attribute for each VLAN. Undefined for a message that is too short. */
export function readVlans({ payload }: ReceivedMessage): [index: number, vlans: PortVlan[]] | undefined {
  if (payload.length < 16) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const vlans: PortVlan[] = [];
  for (const [type, spec] of readAttributes(payload, 16)) {
    if (type !== IFLA_AF_SPEC) continue;
    for (const [inner, info] of readAttributes(spec)) {
      if (inner !== IFLA_BRIDGE_VLAN_INFO || info.length < 4) continue;
      const flags = info[0]! | info[1]! << 8;
      vlans.push({
        vlan: info[2]! | info[3]! << 8,
        pvid: (flags & BRIDGE_VLAN_INFO_PVID) !== 0,
        untagged: (flags & BRIDGE_VLAN_INFO_UNTAGGED) !== 0,
      });
    }
  }
  return [view.getInt32(4, true), vlans];
}
