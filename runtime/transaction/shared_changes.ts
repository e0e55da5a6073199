// What attachments have changed of what several of them change, on the host or, where one container has several, in its
// namespace, as the ledger has it: for many looks it is read once, and anew when the ledger has changed.

import type { Change } from "../../host-funcs/change.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { attachmentsIn, changesOf, type LedgerAttachment } from "./ledger_attachments.ts";
import { nameOf } from "./under_way.ts";

interface SharedChange {
  readonly change: Change;
  /** Whose it is. */
  readonly name: string;
  /** When its attachment's plugins ended their ADDs: one after another may have. */
  readonly madeAt: number;
  /** Where it is: the host, or which container's namespace. */
  readonly place: string;
}

const HOST = "host";

export class SharedChanges {
  #database: Database | undefined;
  #version: unknown;
  #changes: readonly SharedChange[] = [];

  /**
   * What attachments that were made no earlier than this one, of any network, have changed on the host and in this one's
   * container.
   */
  ofOthers(database: Database, attachment: LedgerAttachment): Change[] {
    const [name, since] = [nameOf(attachment.key), attachment.rows[0].createdAt];
    const places = [HOST, containerOf(attachment)];
    return this.#of(database)
      .filter((it) => it.madeAt >= since && it.name !== name && places.includes(it.place))
      .map(({ change }) => change);
  }

  #of(database: Database): readonly SharedChange[] {
    // It changes with each commit of another connection; by this one no attachment is added.
    const version = database.get("PRAGMA data_version")?.data_version;
    if (database !== this.#database || version !== this.#version) {
      this.#changes = attachmentsIn(database).flatMap(sharedOf);
      [this.#database, this.#version] = [database, version];
    }
    return this.#changes;
  }
}

/** Whether it is about something that several attachments change. */
export function isShared(change: Change): boolean {
  return change.kind === "sysctl-set" || (change.kind === "address-added" && change.ns === HOST);
}

function sharedOf(attachment: LedgerAttachment): SharedChange[] {
  const name = nameOf(attachment.key);
  const madeAt = Math.max(...attachment.rows.map(({ createdAt }) => createdAt));
  const container = containerOf(attachment);
  return changesOf(attachment).flatMap((change) => {
    if (change.kind !== "sysctl-set" && change.kind !== "address-removed") return [];
    if (change.ns === HOST) return [{ change, name, madeAt, place: HOST }];
    return change.kind === "sysctl-set" && container !== undefined ? [{ change, name, madeAt, place: container }] : [];
  });
}

/** The namespace of its container, which has an identity for one boot; undefined where that is not known. */
function containerOf({ rows: [{ netnsId, bootId }] }: LedgerAttachment): string | undefined {
  return netnsId === "" ? undefined : `${netnsId} of boot ${bootId}`;
}
