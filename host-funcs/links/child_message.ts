// RTM_NEWLINK of links on a parent: macvlan, ipvlan, VLAN devices. Pure. Source: include/uapi/linux/if_link.h.

import type { Child, IpvlanMode, MacvlanMode } from "cnidaria:cni/links@0.3.0";
import { type NetlinkMessage, NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import {
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  type LinkDescription,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";

const IFLA_MACVLAN_MODE = 1;
const IFLA_MACVLAN_BC_QUEUE_LEN = 7;
const MACVLAN_MODES: Readonly<Record<MacvlanMode, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };

export const IFLA_IPVLAN_MODE = 1;
const IPVLAN_MODES: Readonly<Record<IpvlanMode, number>> = { l2: 0, l3: 1, l3s: 2 };

const IFLA_VLAN_ID = 1;

/** What is asked for beside what every link has. */
export type ChildKind = Child & {
  /** macvlan: IFLA_MACVLAN_BC_QUEUE_LEN. */
  readonly broadcastQueue?: number;
};

export interface ChildAttributes {
  readonly name: string;
  readonly parentIndex: number;
  /** The namespace that it is made in; without one that of the socket. */
  readonly netnsFd?: number;
  readonly mtu?: number;
  readonly mac?: Uint8Array;
}

/** The request that makes one. */
export function childMessage(
  kind: ChildKind,
  { name, parentIndex, netnsFd, mtu, mac }: ChildAttributes,
): NetlinkMessage {
  const message = linkMessage(RTM_NEWLINK, { messageFlags: NLM_F_CREATE | NLM_F_EXCL })
    .string(IFLA_IFNAME, name)
    .attrU32(IFLA_LINK, parentIndex);
  if (netnsFd !== undefined) message.attrU32(IFLA_NET_NS_FD, netnsFd);
  if (mtu !== undefined) message.attrU32(IFLA_MTU, mtu);
  if (mac !== undefined) message.bytes(IFLA_ADDRESS, mac);
  return message.nest(IFLA_LINKINFO, (info) => {
    info.string(IFLA_INFO_KIND, kind.tag).nest(IFLA_INFO_DATA, (data) => appendData(data, kind));
  });
}

function appendData(data: NetlinkMessage, kind: ChildKind): void {
  switch (kind.tag) {
    case "macvlan":
      data.attrU32(IFLA_MACVLAN_MODE, MACVLAN_MODES[kind.val]);
      if (kind.broadcastQueue !== undefined) data.attrU32(IFLA_MACVLAN_BC_QUEUE_LEN, kind.broadcastQueue);
      return;
    case "ipvlan":
      return void data.attrU16(IFLA_IPVLAN_MODE, IPVLAN_MODES[kind.val]);
    case "vlan":
      return void data.attrU16(IFLA_VLAN_ID, kind.val);
  }
}

/** What the kernel says of one; undefined for a link of another kind, and for a mode that has no name here. */
export function readChild({ kind, data }: Pick<LinkDescription, "kind" | "data">): Child | undefined {
  switch (kind) {
    case "macvlan": {
      const val = nameOf(MACVLAN_MODES, data?.u32(IFLA_MACVLAN_MODE));
      return val && { tag: "macvlan", val };
    }
    case "ipvlan": {
      const val = nameOf(IPVLAN_MODES, data?.u16(IFLA_IPVLAN_MODE));
      return val && { tag: "ipvlan", val };
    }
    case "vlan": {
      const val = data?.u16(IFLA_VLAN_ID);
      return val === undefined ? undefined : { tag: "vlan", val };
    }
    default:
      return undefined;
  }
}

function nameOf<Name extends string>(values: Readonly<Record<Name, number>>, value: number | undefined) {
  return (Object.keys(values) as Name[]).find((name) => values[name] === value);
}
