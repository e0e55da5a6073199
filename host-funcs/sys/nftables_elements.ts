// Single chains and set elements of nf_tables, over a NETLINK_NETFILTER socket. libnftables would read whole sets to look
// one up, and takes 5 ms to load: for the element of a pod, which is all that most calls change, it isn't needed.
// Source: include/uapi/linux/netfilter/nf_tables.h, nfnetlink.h.

import { EINVAL, ENOENT, isErrno } from "./errno.ts";
import { currentNamespace } from "./namespace.ts";
import {
  Attributes,
  NetlinkMessage,
  NLM_F_ACK,
  NLM_F_CREATE,
  readAttributes,
  type ReceivedMessage,
} from "./netlink_message.ts";
import type { NetlinkSocket } from "./netlink_socket.ts";
import { type ForwardDrop, forwardDrops } from "./nftables_drops.ts";
import { batchEdges, nfgenmsgLength, nftablesMessage, openNftables, type TableFamily } from "./nftables_message.ts";

export type { TableFamily };

const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_GETRULE = 7;
const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_GETSETELEM = 13;
const NFT_MSG_DELSETELEM = 14;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;
/** NFT_JUMP, -3, in network order. */
const jump = new Uint8Array([0xff, 0xff, 0xff, 0xfd]);

export interface SetElement {
  /** The chain that a verdict map jumps to from it. */
  readonly chain?: string;
  /** What a map has for it, in the form of a key. */
  readonly data?: Uint8Array;
}

/** An element by its place. */
export interface ElementKey {
  readonly family: TableFamily;
  /** Name of its table, where that is not the one of whoever looks. */
  readonly table?: string;
  readonly set: string;
  /** As the kernel has it: addresses in network order, each part of a concatenation padded to 4 bytes. */
  readonly key: Uint8Array;
}

/** `chain`: for a verdict map, where to jump; `data`: for another map, what it has for the key. */
export type ElementChange =
  | { readonly add: ElementKey; readonly chain?: string; readonly data?: Uint8Array }
  | { readonly delete: ElementKey };

/**
 * Looks at tables, and changes elements in them: those called `table` where nothing else is said. It does so in the
 * namespace that the thread was in when it was made.
 */
export class NftablesElements {
  readonly #socket: NetlinkSocket;
  readonly #table: string;

  constructor(table: string) {
    this.#socket = openNftables(currentNamespace());
    this.#table = table;
  }

  /** @throws {KernelError} */
  hasChain(family: TableFamily, chain: string, table = this.#table): boolean {
    const message = nftablesMessage(NFT_MSG_GETCHAIN, family).string(NFTA_CHAIN_TABLE, table)
      .string(NFTA_CHAIN_NAME, chain);
    return this.#query(message) !== undefined;
  }

  /**
   * How many rules a chain has: 0 where there is no such chain.
   *
   * @throws {KernelError}
   */
  countRules(family: TableFamily, chain: string, table = this.#table): number {
    const message = nftablesMessage(NFT_MSG_GETRULE, family).string(NFTA_RULE_TABLE, table)
      .string(NFTA_RULE_CHAIN, chain);
    try {
      return this.#socket.dump(message).length;
    } catch (error) {
      if (isErrno(error, ENOENT)) return 0;
      throw error;
    }
  }

  /**
   * The names of a table's chains; none where there is no such table.
   *
   * @throws {KernelError}
   */
  chains(family: TableFamily, table = this.#table): string[] {
    return this.#socket.dump(nftablesMessage(NFT_MSG_GETCHAIN, family)).map((answer) =>
      new Attributes(answer.payload, nfgenmsgLength)
    ).filter((chain) => chain.string(NFTA_CHAIN_TABLE) === table).map((chain) => chain.string(NFTA_CHAIN_NAME)!);
  }

  /** See `forwardDrops`. @throws {KernelError} */
  forwardDrops(isOwn: (table: string) => boolean): ForwardDrop[] {
    return forwardDrops(this.#socket, isOwn);
  }

  /**
   * The element; undefined where there is none, or no such set.
   *
   * @throws {KernelError}
   */
  element(at: ElementKey): SetElement | undefined {
    const message = this.#elementMessage(NFT_MSG_GETSETELEM, 0, at);
    const answer = this.#query(message);
    if (answer === undefined) return undefined;
    const list = new Attributes(answer.payload, nfgenmsgLength).bytes(NFTA_SET_ELEM_LIST_ELEMENTS);
    const first = readAttributes(list ?? new Uint8Array())[0]?.[1];
    if (first === undefined) return undefined;
    const value = new Attributes(first).nested(NFTA_SET_ELEM_DATA);
    const chain = value?.nested(NFTA_DATA_VERDICT)?.string(NFTA_VERDICT_CHAIN);
    // A view of what was received: the next answer would write over it.
    const data = value?.bytes(NFTA_DATA_VALUE)?.slice();
    return { ...chain === undefined ? {} : { chain }, ...data === undefined ? {} : { data } };
  }

  /**
   * The keys of all elements of a set, in the form of `ElementKey`; none where there is no such set.
   *
   * @throws {KernelError}
   */
  keys(family: TableFamily, set: string, table = this.#table): Uint8Array[] {
    const message = nftablesMessage(NFT_MSG_GETSETELEM, family).string(NFTA_SET_ELEM_LIST_TABLE, table)
      .string(NFTA_SET_ELEM_LIST_SET, set);
    try {
      return this.#socket.dump(message).flatMap((answer) => {
        const list = new Attributes(answer.payload, nfgenmsgLength).bytes(NFTA_SET_ELEM_LIST_ELEMENTS);
        return readAttributes(list ?? new Uint8Array()).map(([, element]) =>
          new Attributes(element).nested(NFTA_SET_ELEM_KEY)?.bytes(NFTA_DATA_VALUE)
        );
      }).filter((key) => key !== undefined);
    } catch (error) {
      // EINVAL: the kernel has no nf_tables at all.
      if (isErrno(error, ENOENT, EINVAL)) return [];
      throw error;
    }
  }

  /**
   * Makes the changes, all or none. Adding an element that is there with the same chain and data does nothing.
   *
   * @throws {KernelError} ENOENT: no such set, chain or element to delete; EEXIST: it is there with others
   */
  change(changes: readonly ElementChange[]): void {
    if (changes.length === 0) return;
    const messages = changes.map((change) =>
      "add" in change
        ? this.#elementMessage(NFT_MSG_NEWSETELEM, NLM_F_ACK | NLM_F_CREATE, change.add, change)
        : this.#elementMessage(NFT_MSG_DELSETELEM, NLM_F_ACK, change.delete)
    );
    const [begin, end] = batchEdges();
    this.#socket.transaction(begin, messages, end);
  }

  close(): void {
    this.#socket.close();
  }

  #elementMessage(type: number, flags: number, at: ElementKey, { chain, data }: SetElement = {}): NetlinkMessage {
    const { family, set, key, table = this.#table } = at;
    return nftablesMessage(type, family, flags).string(NFTA_SET_ELEM_LIST_TABLE, table)
      .string(NFTA_SET_ELEM_LIST_SET, set)
      .nest(NFTA_SET_ELEM_LIST_ELEMENTS, (elements) => {
        elements.nest(NFTA_LIST_ELEM, (element) => {
          element.nest(NFTA_SET_ELEM_KEY, (value) => void value.bytes(NFTA_DATA_VALUE, key));
          if (chain === undefined && data === undefined) return;
          element.nest(NFTA_SET_ELEM_DATA, (value) => {
            if (data !== undefined) value.bytes(NFTA_DATA_VALUE, data);
            if (chain === undefined) return;
            value.nest(NFTA_DATA_VERDICT, (verdict) => {
              verdict.bytes(NFTA_VERDICT_CODE, jump).string(NFTA_VERDICT_CHAIN, chain);
            });
          });
        });
      });
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
