// Single chains and set elements of nf_tables, looked up over a NETLINK_NETFILTER socket: libnftables would read whole
// sets for that. Source: include/uapi/linux/netfilter/nf_tables.h, nfnetlink.h.

import { ENOENT, isErrno } from "./errno.ts";
import { currentNamespace } from "./namespace.ts";
import { Attributes, NetlinkMessage, readAttributes, type ReceivedMessage } from "./netlink_message.ts";
import { NetlinkSocket } from "./netlink_socket.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_GETSETELEM = 13;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CHAIN = 2;
/** Bytes of struct nfgenmsg. */
const nfgenmsgLength = 4;

/** NFPROTO_INET and NFPROTO_BRIDGE. */
const families = { inet: 1, bridge: 7 } as const;
export type TableFamily = keyof typeof families;

export interface SetElement {
  /** The chain that a verdict map jumps to from it. */
  readonly chain?: string;
}

/** Looks at tables called `table` in the namespace that the thread was in when it was made. */
export class NftablesLookup {
  readonly #socket: NetlinkSocket;
  readonly #table: string;

  constructor(table: string) {
    const here = currentNamespace();
    this.#socket = new NetlinkSocket(here.openSocket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), here.path);
    this.#table = table;
  }

  /** @throws {KernelError} */
  hasChain(family: TableFamily, chain: string): boolean {
    const message = request(NFT_MSG_GETCHAIN, family).string(NFTA_CHAIN_TABLE, this.#table)
      .string(NFTA_CHAIN_NAME, chain);
    return this.#query(message) !== undefined;
  }

  /**
   * The element with that key; undefined where there is none, or no such set.
   *
   * @param key as the kernel has it: addresses in network order, each part of a concatenation padded to 4 bytes
   * @throws {KernelError}
   */
  element(family: TableFamily, set: string, key: Uint8Array): SetElement | undefined {
    const message = request(NFT_MSG_GETSETELEM, family).string(NFTA_SET_ELEM_LIST_TABLE, this.#table)
      .string(NFTA_SET_ELEM_LIST_SET, set)
      .nest(NFTA_SET_ELEM_LIST_ELEMENTS, (elements) => {
        elements.nest(NFTA_LIST_ELEM, (element) => {
          element.nest(NFTA_SET_ELEM_KEY, (data) => void data.bytes(NFTA_DATA_VALUE, key));
        });
      });
    const answer = this.#query(message);
    if (answer === undefined) return undefined;
    const list = new Attributes(answer.payload, nfgenmsgLength).bytes(NFTA_SET_ELEM_LIST_ELEMENTS);
    const first = readAttributes(list ?? new Uint8Array())[0]?.[1];
    if (first === undefined) return undefined;
    const verdict = new Attributes(first).nested(NFTA_SET_ELEM_DATA)?.nested(NFTA_DATA_VERDICT);
    const chain = verdict?.string(NFTA_VERDICT_CHAIN);
    return chain === undefined ? {} : { chain };
  }

  close(): void {
    this.#socket.close();
  }

  #query(message: NetlinkMessage): ReceivedMessage | undefined {
    try {
      return this.#socket.query(message);
    } catch (error) {
      if (isErrno(error, ENOENT)) return undefined;
      throw error;
    }
  }
}

function request(type: number, family: TableFamily): NetlinkMessage {
  return new NetlinkMessage(NFNL_SUBSYS_NFTABLES << 8 | type).u8(families[family], 0, 0, 0);
}
