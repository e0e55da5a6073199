// What a node has, as the command line and the dashboard show it: one place that reads the state, so that they agree.

import { type ListedLease, listLeases } from "../../host-funcs/leases/list.ts";
import { listPools, type PoolUse } from "../../host-funcs/leases/pools.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import type { Liveness } from "../../host-funcs/state/liveness.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { bootId, netnsId } from "../../host-funcs/sys/identity.ts";
import { type AttachmentRow, attachmentRows } from "./attachment_rows.ts";

/** At one moment. */
export interface NodeSnapshot {
  readonly attachments: readonly AttachmentRow[];
  readonly leases: readonly ListedLease[];
  readonly pools: readonly PoolUse[];
}

const NOTHING: NodeSnapshot = { attachments: [], leases: [], pools: [] };

export class NodeView implements Disposable {
  #database: Database | undefined;
  #snapshot: NodeSnapshot | undefined;
  #dataVersion: unknown;

  /** @param stateDir need not be there: then the node has nothing. Looking makes none. */
  constructor(readonly stateDir: string, private readonly tell?: (message: string) => void) {}

  /** Looks whether the state has changed since the last time. @throws {HostCallError} */
  changed(): boolean {
    const now = this.read((database) => database.get("PRAGMA data_version")?.data_version, undefined);
    if (now === this.#dataVersion) return false;
    this.#dataVersion = now;
    this.#snapshot = undefined;
    return true;
  }

  /** @throws {HostCallError} where the state cannot be read */
  snapshot(): NodeSnapshot {
    this.changed();
    return this.#snapshot ??= this.read(
      (database) => ({
        attachments: attachmentRows(database),
        leases: listLeases(database),
        pools: listPools(database),
      }),
      NOTHING,
    );
  }

  /**
   * Reads what the snapshot does not have.
   *
   * @param none where there is no state
   * @throws {HostCallError}
   */
  read<T>(body: (database: Database) => T, none: T): T {
    const database = this.#current();
    return database === undefined ? none : body(database);
  }

  /** It stays open: to open it, and to be the last that closes it, writes to its folder, which would look like a change. */
  #current(): Database | undefined {
    if (this.#database?.isCurrent() === true) return this.#database;
    this[Symbol.dispose]();
    try {
      Deno.statSync(this.stateDir);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    return this.#database = openDatabase(this.stateDir, this.tell);
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
    this.#snapshot = undefined;
    this.#dataVersion = undefined;
  }
}

/** Whether the namespace of a row is still there: looks at its file, some 10 µs. */
export function livenessOfRow({ bootId: boot, netns, netnsId: id }: AttachmentRow): Liveness {
  if (boot !== bootId()) return "dead";
  return netns === "" || netnsId(netns) === id ? "alive" : "dead";
}
