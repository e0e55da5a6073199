// Waits until someone else changes a plugin's table: `nft flush ruleset`, another program's hand, a second agent.

import type { NetworkNamespace } from "../../sys/namespace.ts";
import { Attributes, type ReceivedMessage } from "../../sys/netlink_message.ts";
import { NetlinkWatch } from "../../sys/netlink_watch.ts";
import { nfgenmsgLength, nftablesType, openNftables } from "../../sys/nftables_message.ts";
import type { Table } from "./kernel/messages.ts";

const NFNLGRP_NFTABLES = 7;
/** Of what is in a table, each notification names that first. */
const NFTA_TABLE = 1;
const NFT_MSG_NEWGEN = 15;
const NFT_MSG_TRACE = 17;
/** Bytes: the echo of some 50,000 elements. What does not fit is lost, and then everything has to be compared. */
const RECEIVE_BUFFER = 32 * 1024 * 1024;

/** Where a table is, and which port its own changes come from: a `KernelRuleset`. */
export interface WatchedTable {
  readonly table: Table;
  readonly port: number | undefined;
}

export class TableWatch {
  readonly #watch: NetlinkWatch;
  readonly #watched: WatchedTable;

  /**
   * @param namespace where the table is
   * @throws {HostCallError} if the namespace can't be entered
   */
  constructor(namespace: NetworkNamespace, watched: WatchedTable, receiveBuffer = RECEIVE_BUFFER) {
    const socket = openNftables(namespace);
    socket.subscribe([NFNLGRP_NFTABLES]);
    this.#watch = new NetlinkWatch(socket, receiveBuffer);
    this.#watched = watched;
  }

  /**
   * Waits for a change that was not made by the watched ruleset.
   *
   * @returns `changed`; `lost` if notifications were lost, so that there may have been one; undefined if there was none in
   * that time, or the watch was closed
   * @throws {KernelError}
   * @throws {TypeError} while another wait is under way
   */
  wait(timeoutMs: number): Promise<"changed" | "lost" | undefined> {
    return this.#watch.wait(timeoutMs, (messages, lost) => {
      if (messages.some((message) => this.#isForeign(message))) return "changed";
      return lost ? "lost" : undefined;
    });
  }

  /** Ends a wait that is under way. */
  close(): void {
    this.#watch.close();
  }

  #isForeign(message: ReceivedMessage): boolean {
    const type = nftablesType(message);
    if (message.port === this.#watched.port || type === NFT_MSG_NEWGEN || type === NFT_MSG_TRACE) return false;
    // The family is the first byte of struct nfgenmsg: a table of that name in another one makes a needless look.
    return new Attributes(message.payload, nfgenmsgLength).string(NFTA_TABLE) === this.#watched.table.name;
  }
}
