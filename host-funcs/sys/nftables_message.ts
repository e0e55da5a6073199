// Messages of nf_tables in general: their header, batches of them, and sockets for them.
// Source: include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h.

import type { NetworkNamespace } from "./namespace.ts";
import { NetlinkMessage } from "./netlink_message.ts";
import { NetlinkSocket } from "./netlink_socket.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;

/** NFPROTO_INET and NFPROTO_BRIDGE. */
const families = { inet: 1, bridge: 7 } as const;
export type TableFamily = keyof typeof families;

/** Bytes of struct nfgenmsg, which attributes follow. */
export const nfgenmsgLength = 4;

/** Type of a netlink message. @param type NFT_MSG_* */
export function nftablesMessageType(type: number): number {
  return NFNL_SUBSYS_NFTABLES << 8 | type;
}

/** @param type NFT_MSG_* */
export function nftablesMessage(type: number, family: TableFamily, flags = 0): NetlinkMessage {
  return new NetlinkMessage(nftablesMessageType(type), flags).u8(families[family], 0, 0, 0);
}

/** NFT_MSG_* of a message that was received. */
export function nftablesType(message: { readonly type: number }): number {
  return message.type & 0xff;
}

/** What a batch begins and ends with: struct nfgenmsg with the subsystem, in network order, as its res_id. */
export function batchEdges(): [begin: NetlinkMessage, end: NetlinkMessage] {
  const edge = (type: number) => new NetlinkMessage(type).u8(0, 0, 0, NFNL_SUBSYS_NFTABLES);
  return [edge(NFNL_MSG_BATCH_BEGIN), edge(NFNL_MSG_BATCH_END)];
}

/** @throws {HostCallError} if the namespace can't be entered */
export function openNftables(namespace: NetworkNamespace): NetlinkSocket {
  return new NetlinkSocket(namespace.openSocket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), namespace.path);
}
