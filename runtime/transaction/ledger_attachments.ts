// Attachments as the ledger has them: the rows of all plugins that one has gone through are one attachment.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { type LedgerRow, listAttachments, listParts } from "../../host-funcs/state/attachments.ts";
import type { Database } from "../../host-funcs/state/database.ts";

export interface LedgerAttachment {
  readonly key: AttachmentKey;
  /** The oldest first: the order in which the plugins ran. */
  readonly rows: readonly [LedgerRow, ...LedgerRow[]];
}

/** Which attachments are meant; what is not given is any. */
export interface Selection {
  readonly network?: string | undefined;
  /** The beginning of CNI_CONTAINERID. */
  readonly containerId?: string | undefined;
  readonly ifname?: string | undefined;
}

/** The attachments, the oldest first. */
export function attachmentsIn(database: Database, selection: Selection = {}): LedgerAttachment[] {
  const { network, containerId = "", ifname } = selection;
  const rows = listAttachments(database, network)
    .filter((row) => row.containerId.startsWith(containerId) && (ifname === undefined || row.ifname === ifname));
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.network, row.containerId, row.ifname]));
  return [...groups.values()].flatMap((group) => toAttachment(group) ?? []);
}

/** One attachment; undefined if the ledger has it no more. */
export function attachmentIn(database: Database, key: AttachmentKey): LedgerAttachment | undefined {
  return toAttachment(listParts(database, key));
}

/** What all plugins have changed, in order. */
export function changesOf({ rows }: LedgerAttachment): Change[] {
  return rows.flatMap((row) => JSON.parse(row.changes) as Change[]);
}

function toAttachment(unordered: readonly LedgerRow[]): LedgerAttachment | undefined {
  const [first, ...others] = unordered.toSorted((a, b) => a.createdAt - b.createdAt);
  if (first === undefined) return undefined;
  const { network, containerId, ifname } = first;
  return { key: { network, containerId, ifname }, rows: [first, ...others] };
}
