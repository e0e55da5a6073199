// Packets that rules of nftables hand over with `log group`, by nfnetlink_log.
// Source: include/uapi/linux/netfilter/nfnetlink_log.h, net/netfilter/nfnetlink_log.c.

import { EBUSY, EPERM, isErrno } from "./errno.ts";
import { HostCallError } from "../error.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { Attributes, NetlinkMessage, NLM_F_ACK, type ReceivedMessage } from "./netlink_message.ts";
import { NetlinkSocket } from "./netlink_socket.ts";
import { PooledWait } from "./pooled_wait.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_ULOG = 4;
const NFULNL_MSG_PACKET = 0;
const NFULNL_MSG_CONFIG = 1;
const NFULA_CFG_CMD = 1;
const NFULA_CFG_MODE = 2;
const NFULA_CFG_TIMEOUT = 4;
const NFULA_CFG_QTHRESH = 5;
const NFULNL_CFG_CMD_BIND = 1;
const NFULNL_COPY_PACKET = 2;
const NFULA_PACKET_HDR = 1;
const NFULA_IFINDEX_INDEV = 4;
const NFULA_IFINDEX_OUTDEV = 5;
const NFULA_PAYLOAD = 9;
const NFULA_PREFIX = 10;
const NFGENMSG_LENGTH = 4;

/** Packets that the kernel hands over at once at the most, and hundredths of a second that it waits for more. */
const BATCH = 32;
const FLUSH_CENTISECONDS = 5;
/** Bytes that are not read yet. What does not fit is lost. */
const RECEIVE_BUFFER = 1024 * 1024;

export interface LoggedPacket {
  /** As the rule has it. */
  readonly prefix: string;
  /** The packet from its IP header on, as much of it as is copied. */
  readonly bytes: Uint8Array;
  /** Indexes of links; 0 for none. */
  readonly from: number;
  readonly to: number;
}

/** Listens to one group until it is closed. */
export class PacketLog {
  readonly #netlink: NetlinkSocket;
  readonly #wait: PooledWait;

  /**
   * @param namespace whose rules log
   * @param copy bytes of each packet
   * @throws {HostCallError} `exists` if somebody else listens to the group, `unsupported` without nfnetlink_log
   */
  constructor(namespace: NetworkNamespace, group: number, copy: number) {
    const fd = namespace.openSocket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    this.#netlink = new NetlinkSocket(fd, namespace.path);
    this.#wait = new PooledWait(fd, () => this.#netlink.close());
    try {
      for (const message of bindMessages(group, copy)) this.#netlink.request(message);
    } catch (error) {
      this.#wait.close();
      throw refusal(group, error);
    }
    try {
      this.#netlink.reserve(RECEIVE_BUFFER);
    } catch {
      // Without the privilege it stays small, and more is lost.
    }
  }

  /** @returns packets as they come; undefined where some were lost, and once it is closed (`closed`) */
  async read(): Promise<LoggedPacket[] | undefined> {
    if (!await this.#wait.readable()) return undefined;
    return this.#netlink.readNotifications()?.map(readPacket).filter((packet) => packet !== undefined);
  }

  get closed(): boolean {
    return this.#wait.closed;
  }

  close(): void {
    this.#wait.close();
  }
}

/** What the kernel is told so that it sends packets of a group to this socket. */
function bindMessages(group: number, copy: number): NetlinkMessage[] {
  const config = () => {
    // struct nfgenmsg; the group is its res_id, in network order.
    return new NetlinkMessage(NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG, NLM_F_ACK).u8(0, 0, group >> 8, group & 0xff);
  };
  const be32 = (value: number) => [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
  return [
    config().bytes(NFULA_CFG_CMD, new Uint8Array([NFULNL_CFG_CMD_BIND])),
    config()
      // struct nfulnl_msg_config_mode: be32 range, u8 mode, u8 padding.
      .bytes(NFULA_CFG_MODE, new Uint8Array([...be32(copy), NFULNL_COPY_PACKET, 0]))
      .bytes(NFULA_CFG_TIMEOUT, new Uint8Array(be32(FLUSH_CENTISECONDS)))
      .bytes(NFULA_CFG_QTHRESH, new Uint8Array(be32(BATCH))),
  ];
}

/** Reads a notification; undefined for what is no packet. */
export function readPacket({ type, payload }: ReceivedMessage): LoggedPacket | undefined {
  if (type !== (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET)) return undefined;
  const attributes = new Attributes(payload, NFGENMSG_LENGTH);
  const bytes = attributes.bytes(NFULA_PAYLOAD);
  if (bytes === undefined || !attributes.has(NFULA_PACKET_HDR)) return undefined;
  return {
    prefix: attributes.string(NFULA_PREFIX) ?? "",
    bytes,
    from: attributes.u32be(NFULA_IFINDEX_INDEV) ?? 0,
    to: attributes.u32be(NFULA_IFINDEX_OUTDEV) ?? 0,
  };
}

function refusal(group: number, error: unknown): unknown {
  const cannot = `Cannot listen to packets of log group ${group}`;
  // EPERM is the kernel's word for a group that has another listener.
  if (isErrno(error, EBUSY, EPERM)) {
    return new HostCallError(
      "exists",
      `${cannot} as another process does, or this one may not (CAP_NET_ADMIN); give "log.group" another number`,
    );
  }
  if (error instanceof HostCallError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new HostCallError("unsupported", `${cannot} as the kernel answers: ${why}; it needs nfnetlink_log`);
}
