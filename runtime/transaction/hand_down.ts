// What pods share outlives the pod that made it: a bridge, and its address as their gateway. When that pod goes, the
// ledger's knowledge of them goes to another that uses them, so that they can be compared and made again.

import type { Change } from "../../host-funcs/change.ts";
import { getAttachment, type LedgerRow, putAttachment } from "../../host-funcs/state/attachments.ts";
import { type Database, transaction } from "../../host-funcs/state/database.ts";
import { isAlive } from "../../host-funcs/state/liveness.ts";
import { CniFailure } from "../cni/failure.ts";
import { netEffect, sharedOf } from "./effect.ts";
import { Journal } from "./journal.ts";
import { attachmentsIn } from "./ledger_attachments.ts";
import type { LedgerEntry } from "./ledger.ts";

/** Gives what an attachment that is about to go shares with others to one of them, if there is one. */
export function handDown(database: Database, entry: LedgerEntry): void {
  // Each attachment that relies on a kernel parameter has it in the ledger anyway.
  const shared = sharedOf(entry.changes).filter((change) => change.kind !== "sysctl-set");
  const links = linksOf(shared);
  if (links.size === 0) return;
  for (const { key, rows } of attachmentsIn(database)) {
    if (JSON.stringify(key) === JSON.stringify(entry.attachment)) continue;
    const heir = rows.find((row) => isAlive(row) && isPortOf(row, links));
    if (heir !== undefined && giveTo(database, heir, shared)) return;
  }
}

/** The links that the changes are about, and the bridges that those are ports of. */
function linksOf(shared: readonly Change[]): Set<string> {
  return new Set(shared.flatMap((change) => {
    if (change.kind === "link-created") return [change.name];
    if (change.kind === "address-added") return [change.link];
    return change.kind === "link-changed" ? [change.name, ...change.after?.master ? [change.after.master] : []] : [];
  }));
}

function isPortOf(row: LedgerRow, links: ReadonlySet<string>): boolean {
  return changesOf(row).some((change) =>
    change.kind === "link-changed" && change.ns === "host" && links.has(change.after?.master ?? "")
  );
}

/** @returns false if a call on that attachment runs, or has died */
function giveTo(database: Database, heir: LedgerRow, shared: readonly Change[]): boolean {
  const { network, containerId, ifname, plugin } = heir;
  let journal: Journal;
  try {
    journal = Journal.open(database.directory, { network, containerId, ifname }, plugin, 0);
  } catch (error) {
    if (error instanceof CniFailure) return false;
    throw error;
  }
  if (journal.stale() !== undefined) {
    journal.close();
    return false;
  }
  try {
    return transaction(database, () => {
      const row = getAttachment(database, heir);
      if (row === undefined) return false;
      const own = changesOf(row);
      // They come first: a bridge is there before its ports.
      const given = shared.filter((change) => !own.some((it) => isSame(it, change)));
      putAttachment(database, { ...row, changes: JSON.stringify([...given, ...JSON.parse(row.changes)]) });
      return true;
    });
  } finally {
    journal.finish();
  }
}

function isSame(a: Change, b: Change): boolean {
  if (a.kind === "link-created" && b.kind === "link-created") return a.ns === b.ns && a.name === b.name;
  return JSON.stringify(a) === JSON.stringify(b);
}

function changesOf(row: LedgerRow): Change[] {
  return netEffect(JSON.parse(row.changes) as Change[]);
}
