// Notes whose attachment the ledger does not have: those of an ADD that died before it was written down.

import type { AttachmentKey } from "../context.ts";
import type { Database } from "../state/database.ts";

/** The attachments that have notes and no row in the ledger; their ADD may be under way. */
export function orphanNotes(database: Database, network?: string): AttachmentKey[] {
  return database.all(
    `SELECT DISTINCT network, container_id, ifname FROM notes AS its
      WHERE ${network === undefined ? "" : "network = ? AND"} NOT EXISTS (
        SELECT 1 FROM attachments AS made WHERE made.network = its.network
          AND made.container_id = its.container_id AND made.ifname = its.ifname
      ) ORDER BY network, container_id, ifname`,
    ...network === undefined ? [] : [network],
  ).map((row) => ({
    network: String(row.network),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
  }));
}

/** Removes all notes of an attachment. */
export function deleteNotes(database: Database, { network, containerId, ifname }: AttachmentKey): void {
  database.run(
    "DELETE FROM notes WHERE network = ? AND container_id = ? AND ifname = ?",
    network,
    containerId,
    ifname,
  );
}
