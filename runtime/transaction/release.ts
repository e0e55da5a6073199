// Takes back what an entry of the ledger says, and removes it.

import type { Change } from "../../host-funcs/change.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { type LedgerRow, listAttachments } from "../../host-funcs/state/attachments.ts";
import type { CallContext } from "../plugin/host_context.ts";
import type { Call } from "./call.ts";
import { ownedBy, sharedOf } from "./effect.ts";
import { bootId } from "../../host-funcs/sys/identity.ts";
import { handDown } from "./hand_down.ts";
import { type LedgerEntry, removeEntry, writeEntry } from "./ledger.ts";
import { undoAll } from "./undo_all.ts";

/**
 * Undoes what an attachment owns, and removes its entry. What could not be undone keeps the entry alive.
 *
 * @param netnsId of the container's namespace as it is now; empty if it is gone
 * @returns whether nothing is left
 */
export function releaseEntry(
  context: CallContext,
  entry: LedgerEntry,
  netnsId: string,
  call: Pick<Call, "log" | "checkpoint">,
): boolean {
  let changes = ownedBy(entry.changes);
  const ofEarlierBoot = entry.bootId !== bootId();
  // The namespace that the links were in is gone, and they with it; another of that name is someone else's.
  if (!ofEarlierBoot && entry.netnsId !== netnsId) changes = changes.filter((it) => !("ns" in it) || it.ns === "host");
  const relied = reliedOnByOthers(context, entry, changes);
  const left = undoAll(context, changes.filter((it) => !relied.has(it)), ofEarlierBoot);
  const { network, containerId, ifname } = entry.attachment;
  if (left.length > 0) {
    writeEntry(context.database(), { ...entry, changes: [...sharedOf(entry.changes), ...left] });
    call.log.write("error", `${left.length} changes of ${network}/${containerId}/${ifname} could not be undone`);
    return false;
  }
  if (!ofEarlierBoot && sharedOf(entry.changes).some((it) => it.kind !== "sysctl-set")) {
    handDownShared(context, entry);
  }
  call.checkpoint("remove entry");
  removeEntry(context.database(), entry.attachment, entry.plugin);
  return true;
}

/** The parameters of the container that another of its attachments has set as well, or found set. */
function reliedOnByOthers(context: CallContext, entry: LedgerEntry, changes: readonly Change[]): Set<Change> {
  const parameters = changes.filter((it) => it.kind === "sysctl-set" && it.ns === "container");
  if (parameters.length === 0) return new Set();
  const keys = listAttachments(context.database())
    .filter((row) => row.netnsId === entry.netnsId && !isRowOf(row, entry))
    .flatMap((row) => JSON.parse(row.changes) as Change[])
    .flatMap((it) => it.kind === "sysctl-set" && it.ns === "container" && it.value !== undefined ? [it.key] : []);
  return new Set(parameters.filter((it) => it.kind === "sysctl-set" && keys.includes(it.key)));
}

function isRowOf(row: LedgerRow, { attachment, plugin }: LedgerEntry): boolean {
  return row.network === attachment.network && row.containerId === attachment.containerId &&
    row.ifname === attachment.ifname && row.plugin === plugin;
}

/** A full disk, say, must not keep a pod from going. */
function handDownShared(context: CallContext, entry: LedgerEntry): void {
  try {
    handDown(context.database(), entry);
  } catch (error) {
    if (!(error instanceof HostCallError)) throw error;
    context.log(
      "warn",
      `what other pods share with ${entry.attachment.containerId} is in no ledger now: ${error.message}`,
    );
  }
}
