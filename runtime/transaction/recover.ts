// Undoes what a dead process left in its journal.

import { mendCopy } from "../../host-funcs/state/attachments.ts";
import { removeUnfinishedCopy } from "../../host-funcs/state/ledger_copy.ts";
import { CallContext } from "../plugin/host_context.ts";
import type { Call } from "./call.ts";
import { bootId, netnsId } from "../../host-funcs/sys/identity.ts";
import { Journal, journalDir, type StaleJournal } from "./journal.ts";
import { undoAll } from "./undo_all.ts";

/** What a recovery needs of the call that comes upon a journal. */
export type RecoveryCall = Pick<Call, "stateDir" | "log" | "checkpoint" | "trace">;

/**
 * Undoes the changes of a stale journal. What cannot be undone stays in it, for the next call.
 *
 * @returns whether nothing is left
 */
export function recover(journal: Journal, call: RecoveryCall): boolean {
  const name = journal.path.slice(journal.path.lastIndexOf("/") + 1).replace(/\.jsonl$/, "");
  removeUnfinishedCopy(call.stateDir, name);
  const stale = journal.stale();
  if (stale === undefined) return true;
  const { header } = stale;
  const { network, containerId, ifname } = header.attachment;
  call.log.write(
    "warn",
    `undoing ${stale.changes.length} changes that a dead process left at ${network}/${containerId}/${ifname}`,
  );
  const left = undoStale(stale, call);
  if (left.length > 0) journal.keep(left);
  return left.length === 0;
}

function undoStale(stale: StaleJournal, { checkpoint, log, stateDir, trace }: RecoveryCall) {
  const { header } = stale;
  const context = new CallContext(
    {
      attachment: header.attachment,
      args: [],
      stateDir,
      log,
      checkpoint,
      trace,
    },
    { append: () => {} },
  );
  if (netnsId(header.netns) === header.netnsId) context.setNetns(header.netns);
  try {
    const left = undoAll(context, stale.changes, header.bootId !== bootId());
    mendCopy(context.database(), { ...header.attachment, plugin: header.plugin });
    return left;
  } finally {
    context.close();
  }
}

/** Recovers every journal that no living process holds. */
export function recoverAll(call: RecoveryCall): void {
  const { log, stateDir } = call;
  let names: string[];
  try {
    names = [...Deno.readDirSync(journalDir(stateDir))].map((it) => it.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const name of names.filter((it) => it.endsWith(".jsonl"))) {
    const journal = Journal.openPath(`${journalDir(stateDir)}/${name}`, 0, false);
    if (journal === undefined) continue;
    try {
      if (recover(journal, call)) journal.finish();
      else journal.close();
    } catch (error) {
      log.write("error", (error as Error).message);
      journal.close();
    }
  }
}
