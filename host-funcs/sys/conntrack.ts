// Entries of connection tracking, over a NETLINK_NETFILTER socket: listing and deleting them.
// Source: include/uapi/linux/netfilter/nfnetlink_conntrack.h.

import { ENOENT, isErrno } from "./errno.ts";
import { formatAddress } from "./ip_address.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { Attributes, NetlinkMessage } from "./netlink_message.ts";
import { NetlinkSocket } from "./netlink_socket.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
/** Bytes of struct nfgenmsg. */
const HEADER_LENGTH = 4;

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_ID = 12;
const CTA_ZONE = 18;
const CTA_FILTER = 25;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_F_CTA_PROTO_NUM = 1 << 3;

/** AF_INET or AF_INET6. */
export type ConntrackFamily = 2 | 10;

/** One direction of a connection. */
export interface ConntrackTuple {
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
}

/** A connection as the kernel tracks it. `reply.source` is where it was led to, whatever `original.destination` says. */
export interface ConntrackEntry {
  readonly family: ConntrackFamily;
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
  /** What names it to the kernel: attributes of its own making. */
  readonly name: readonly (readonly [type: number, value: Uint8Array])[];
}

export class Conntrack {
  readonly #socket: NetlinkSocket;

  /** @throws {HostCallError} if the namespace can't be entered */
  constructor(namespace: NetworkNamespace) {
    this.#socket = new NetlinkSocket(
      namespace.openSocket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER),
      namespace.path,
    );
  }

  /**
   * The connections of one protocol. Kernels before 5.8 send those of all, and are filtered here.
   *
   * @param protocol IPPROTO_*
   * @throws {KernelError}
   */
  list(family: ConntrackFamily, protocol: number): ConntrackEntry[] {
    const message = conntrackMessage(IPCTNL_MSG_CT_GET, family)
      .nest(CTA_TUPLE_ORIG, (tuple) => {
        tuple.nest(CTA_TUPLE_PROTO, (proto) => void proto.attrU8(CTA_PROTO_NUM, protocol));
      })
      .nest(CTA_FILTER, (filter) => void filter.attrU32(CTA_FILTER_ORIG_FLAGS, CTA_FILTER_F_CTA_PROTO_NUM));
    return this.#socket.dump(message).flatMap(({ payload }) => readEntry(payload, family, protocol) ?? []);
  }

  /**
   * Deletes connections; one that has ended meanwhile is no error.
   *
   * @throws {KernelError}
   */
  delete(entries: readonly ConntrackEntry[]): void {
    for (let at = 0; at < entries.length; at += BATCH) {
      const messages = entries.slice(at, at + BATCH).map(({ family, name }) =>
        name.reduce(
          (message, [type, value]) => message.bytes(type, value),
          conntrackMessage(IPCTNL_MSG_CT_DELETE, family),
        )
      );
      const failure = this.#socket.batch(messages).find((error) => error !== undefined && !isErrno(error, ENOENT));
      if (failure !== undefined) throw failure;
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Answers to as many fit into the buffer of a socket. */
const BATCH = 100;
const NLA_F_NESTED = 0x8000;

function conntrackMessage(type: number, family: number): NetlinkMessage {
  return new NetlinkMessage(NFNL_SUBSYS_CTNETLINK << 8 | type).u8(family, 0, 0, 0);
}

function readEntry(payload: Uint8Array, family: ConntrackFamily, protocol: number): ConntrackEntry | undefined {
  if (payload[0] !== family) return undefined;
  const attributes = new Attributes(payload, HEADER_LENGTH);
  const [original, reply] = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY].map((type) => attributes.nested(type));
  if (original?.nested(CTA_TUPLE_PROTO)?.u8(CTA_PROTO_NUM) !== protocol || reply === undefined) return undefined;
  const [there, back] = [readTuple(original), readTuple(reply)];
  if (there === undefined || back === undefined) return undefined;
  const name = [CTA_TUPLE_ORIG, CTA_ID, CTA_ZONE].flatMap((type) => {
    const value = attributes.bytes(type);
    return value === undefined ? [] : [[type === CTA_TUPLE_ORIG ? type | NLA_F_NESTED : type, value] as const];
  });
  return { family, original: there, reply: back, name };
}

function readTuple(tuple: Attributes): ConntrackTuple | undefined {
  const ip = tuple.nested(CTA_TUPLE_IP);
  const source = ip?.bytes(CTA_IP_V4_SRC) ?? ip?.bytes(CTA_IP_V6_SRC);
  const destination = ip?.bytes(CTA_IP_V4_DST) ?? ip?.bytes(CTA_IP_V6_DST);
  const destinationPort = tuple.nested(CTA_TUPLE_PROTO)?.u16be(CTA_PROTO_DST_PORT);
  if (source === undefined || destination === undefined || destinationPort === undefined) return undefined;
  return { source: formatAddress(source), destination: formatAddress(destination), destinationPort };
}
