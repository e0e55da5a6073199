// Undoes what a dead process left in its journal.

import { mendCopy } from "../../host-funcs/state/attachments.ts";
import { CallContext } from "../plugin/host_context.ts";
import type { Log } from "../cni/log.ts";
import { bootId, netnsId } from "../../host-funcs/sys/identity.ts";
import { Journal, journalDir, type StaleJournal } from "./journal.ts";
import { durable, undoAll } from "./undo_all.ts";

/**
 * Undoes the changes of a stale journal. What cannot be undone stays in it, for the next call.
 *
 * @returns whether nothing is left
 */
export async function recover(journal: Journal, stateDir: string, log: Log): Promise<boolean> {
  const stale = journal.stale();
  if (stale === undefined) return true;
  const { header } = stale;
  const { network, containerId, ifname } = header.attachment;
  log.write(
    "warn",
    `undoing ${stale.changes.length} changes that a dead process left at ${network}/${containerId}/${ifname}`,
  );
  const left = await undoStale(stale, stateDir, log);
  if (left.length > 0) journal.keep(left);
  return left.length === 0;
}

async function undoStale(stale: StaleJournal, stateDir: string, log: Log) {
  const { header } = stale;
  const context = new CallContext(
    {
      attachment: header.attachment,
      args: [],
      stateDir,
      log,
    },
    { append: () => {} },
  );
  if (netnsId(header.netns) === header.netnsId) context.setNetns(header.netns);
  try {
    const left = await undoAll(context, header.bootId === bootId() ? stale.changes : durable(stale.changes));
    mendCopy(context.database(), { ...header.attachment, plugin: header.plugin });
    return left;
  } finally {
    context.close();
  }
}

/** Recovers every journal that no living process holds. */
export async function recoverAll(stateDir: string, log: Log): Promise<void> {
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
      if (await recover(journal, stateDir, log)) journal.finish();
      else journal.close();
    } catch (error) {
      log.write("error", (error as Error).message);
      journal.close();
    }
  }
}
