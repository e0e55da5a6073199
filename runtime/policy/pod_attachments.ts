// Addresses of this node's pods, of the node's state: every process that serves an ADD writes them there.

import {
  isolateAgain,
  type PodAddress,
  podAddresses,
  takeOver,
} from "../../host-funcs/firewall/isolation_take_over.ts";
import { type PacketFilter, packetFilter } from "../../host-funcs/firewall/packet_filter.ts";
import { type Database, transaction } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import type { Attachments } from "./enforcer.ts";

/** For one thread. It keeps the database open from the first use on. */
export class PodAttachments implements Attachments<PodAddress>, Disposable {
  #database: Database | undefined;
  #listed: { readonly version: unknown; readonly addresses: readonly PodAddress[] } | undefined;

  /**
   * @param stateDir the state directory
   * @param tell where it is said, in a sentence, that the database had to be rebuilt
   */
  constructor(
    private readonly stateDir: string,
    private readonly tell: (message: string) => void,
    private readonly filter: () => PacketFilter = packetFilter,
  ) {}

  /**
   * Those that there are, isolated or not, ordered by address. While nobody writes to the database this costs
   * no more than to ask whether somebody did.
   *
   * @throws {HostCallError} with what to do, where the database cannot be read
   */
  list(): readonly PodAddress[] {
    const database = this.#open();
    // Changes with what other connections commit (SQLite, PRAGMA data_version). What this one does is `takeOver`.
    const version = database.get("PRAGMA data_version")?.["data_version"];
    if (this.#listed?.version !== version || version === undefined) {
      this.#listed = { version, addresses: podAddresses(database) };
    }
    return this.#listed!.addresses;
  }

  /**
   * Ends their isolation, of all or of none as far as the state goes. What was ended already, or has gone, is passed over.
   *
   * @throws {HostCallError} where the kernel or the database refuses; it can be called again
   */
  takeOver(addresses: readonly PodAddress[]): void {
    if (addresses.length === 0) return;
    const database = this.#open();
    this.#listed = undefined;
    transaction(database, () => {
      for (const { address, owner } of addresses) takeOver(database, this.filter(), address, owner);
    });
  }

  isolateAgain(): readonly string[] {
    return isolateAgain(this.#open(), this.filter());
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  /** Another process may have rebuilt it meanwhile. */
  #open(): Database {
    if (this.#database?.isCurrent() === false) this.#close();
    return this.#database ??= openDatabase(this.stateDir, this.tell);
  }

  #close(): void {
    const database = this.#database;
    this.#database = this.#listed = undefined;
    try {
      database?.close();
    } catch {
      // One that is damaged may refuse even that.
    }
  }
}
