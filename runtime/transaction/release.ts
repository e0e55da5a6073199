// Takes back what an entry of the ledger says, and removes it.

import type { CallContext } from "../plugin/host_context.ts";
import type { Call } from "./call.ts";
import { ownedBy } from "./effect.ts";
import { bootId } from "../../host-funcs/sys/identity.ts";
import { type LedgerEntry, removeEntry, writeEntry } from "./ledger.ts";
import { durable, undoAll } from "./undo_all.ts";

/**
 * Undoes what an attachment owns, and removes its entry. What could not be undone keeps the entry alive.
 *
 * @param netnsId of the container's namespace as it is now; empty if it is gone
 * @returns whether nothing is left
 */
export async function releaseEntry(
  context: CallContext,
  entry: LedgerEntry,
  netnsId: string,
  call: Pick<Call, "log" | "checkpoint">,
): Promise<boolean> {
  let changes = ownedBy(entry.changes);
  if (entry.bootId !== bootId()) changes = durable(changes);
  // The namespace that the links were in is gone, and they with it; another of that name is someone else's.
  else if (entry.netnsId !== netnsId) changes = changes.filter((it) => !("ns" in it) || it.ns === "host");
  const left = await undoAll(context, changes);
  const { network, containerId, ifname } = entry.attachment;
  if (left.length > 0) {
    writeEntry(context.database(), { ...entry, changes: left });
    call.log.write("error", `${left.length} changes of ${network}/${containerId}/${ifname} could not be undone`);
    return false;
  }
  call.checkpoint("remove entry");
  removeEntry(context.database(), entry.attachment, entry.plugin);
  return true;
}
