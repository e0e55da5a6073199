// Waits until something is deleted from the host's own tables, by whomever: a notification says which socket asked for
// it, and not whether that is another program's.

import type { NetworkNamespace } from "../sys/namespace.ts";
import { Attributes, type ReceivedMessage } from "../sys/netlink_message.ts";
import { NetlinkWatch } from "../sys/netlink_watch.ts";
import { nfgenmsgLength, nftablesType, openNftables } from "../sys/nftables_message.ts";
import { OWN_SETS } from "./orphans.ts";
import { tableName } from "./packet_filter.ts";

const NFNLGRP_NFTABLES = 7;
/** NFT_MSG_DELTABLE, DELCHAIN, DELRULE, DELSET, DELSETELEM. Source: include/uapi/linux/netfilter/nf_tables.h. */
const DELETIONS: ReadonlySet<number> = new Set([2, 5, 8, 11, 14]);
/** Of what is in a table, each notification names that first; of a table, its name. */
const NFTA_TABLE = 1;
/** Plugins' tables are watched by whoever keeps them. */
const TABLES: ReadonlySet<string> = new Set(OWN_SETS.map(({ table = tableName }) => table));
/** Bytes. What does not fit is lost, and a loss counts as a deletion. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

export class DeletionWatch {
  readonly #watch: NetlinkWatch;

  /**
   * @param namespace where the tables are
   * @throws {HostCallError} if the namespace can't be entered
   * @throws {KernelError} where the kernel has no nf_tables
   */
  constructor(namespace: NetworkNamespace, receiveBuffer = RECEIVE_BUFFER) {
    const socket = openNftables(namespace);
    try {
      socket.subscribe([NFNLGRP_NFTABLES]);
      this.#watch = new NetlinkWatch(socket, receiveBuffer);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Waits for a deletion.
   *
   * @returns whether there was one in that time, or may have been one; false once the watch is closed
   * @throws {KernelError}
   * @throws {TypeError} while another wait is under way
   */
  async wait(timeoutMs: number): Promise<boolean> {
    return await this.#watch.wait(timeoutMs, (messages, lost) => lost || messages.some(isDeletion) || undefined) ??
      false;
  }

  /** Ends a wait that is under way. */
  close(): void {
    this.#watch.close();
  }
}

function isDeletion(message: ReceivedMessage): boolean {
  if (!DELETIONS.has(nftablesType(message))) return false;
  return TABLES.has(new Attributes(message.payload, nfgenmsgLength).string(NFTA_TABLE) ?? "");
}
