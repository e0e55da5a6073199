// Repair: what someone took from an attachment is made again. For the command line, and for the agent, which does it now
// and then.
//
// Nothing is journaled. The ledger has every change that is made again, so a DEL takes back what a repair made, also one
// that was killed halfway; the attachment's lock is held, so no ADD, DEL or CHECK sees half of it. Nothing that others
// have made is removed.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { redo } from "../../host-funcs/drift.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { livenessOf } from "../../host-funcs/state/liveness.ts";
import { parseArgs } from "../cni/environment.ts";
import type { Log } from "../cni/log.ts";
import { noCheckpoint } from "../plugin/checkpoint.ts";
import { CallContext, type Kept } from "../plugin/host_context.ts";
import { Trace } from "../plugin/trace.ts";
import { compare, compareInRound, type Difference, expectedOf, Round } from "./compare.ts";
import { Journal } from "./journal.ts";
import { attachmentIn, attachmentsIn, type LedgerAttachment, type Selection } from "./ledger_attachments.ts";
import { recover } from "./recover.ts";
import { merged, type RepairedAttachment, reportOf } from "./repaired.ts";
import type { SharedChanges } from "./shared_changes.ts";

export interface RepairRequest {
  readonly stateDir: string;
  readonly log: Log;
  /** Milliseconds to wait for another call on an attachment. */
  readonly lockWaitMs: number;
  readonly choose: Choose;
  /** What the looks of this round share; a round is short, as what is in it grows old. */
  readonly round: Round;
  /** Only where one process looks at many. */
  readonly kept?: Kept | undefined;
}

/**
 * Which differences of an attachment to repair. It is asked under the attachment's lock, also where there are none; and
 * once more before the first is repaired. The last answer counts.
 */
export type Choose = (attachment: LedgerAttachment, found: readonly Difference[]) => readonly Difference[];

export const repairAll: Choose = (_, found) => found;
/** A dry run. */
export const repairNothing: Choose = () => [];

/** Compares attachments with what is there, and makes again what is missing. The oldest come first. */
export function repair(
  place: Omit<RepairRequest, "round">,
  selection: Selection,
  database: Database,
): RepairedAttachment[] {
  const results = new Map<string, RepairedAttachment>();
  const request = { ...place, round: new Round() };
  for (const { key } of attachmentsIn(database, selection)) {
    const result = repairAttachment(request, key, database);
    if (result !== undefined) results.set(JSON.stringify(key), result);
  }
  // A bridge that one attachment needs, another may have had to make again.
  const made = [...results.values()].some(({ differences }) => differences.some((it) => it.repaired));
  const again = new Round();
  for (const [id, first] of made ? results : []) {
    if (first.outcome !== "remains") continue;
    const second = repairAttachment({ ...place, round: again }, first.attachment, database);
    if (second !== undefined) results.set(id, merged(first, second));
  }
  return [...results.values()];
}

/** @returns nothing if the attachment has gone meanwhile */
export function repairAttachment(
  request: RepairRequest,
  key: AttachmentKey,
  database: Database,
): RepairedAttachment | undefined {
  const held: Held[] = [];
  try {
    const known = attachmentIn(database, key);
    if (known === undefined) return undefined;
    if (livenessOf(database, key) === "dead") return { attachment: key, outcome: "dead", differences: [] };
    for (const { plugin } of known.rows) held.push(hold(request, key, plugin));
    const attachment = attachmentIn(database, key);
    return attachment === undefined ? undefined : repairHeld(request, attachment);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { attachment: key, outcome: "skipped", differences: [], reason };
  } finally {
    for (const { journal, finished } of held) finished ? journal.finish() : journal.close();
  }
}

interface Held {
  readonly journal: Journal;
  /** Nothing is left in it of a call that died. */
  readonly finished: boolean;
}

/** @throws {CniFailure} `tryAgainLater` */
function hold({ stateDir, log, lockWaitMs }: RepairRequest, key: AttachmentKey, plugin: string): Held {
  const journal = Journal.open(stateDir, key, plugin, lockWaitMs);
  const call = { stateDir, log, checkpoint: noCheckpoint, trace: new Trace() };
  try {
    return { journal, finished: recover(journal, call) };
  } catch (error) {
    journal.close();
    throw error;
  }
}

function repairHeld(request: RepairRequest, attachment: LedgerAttachment): RepairedAttachment {
  const { key, rows: [{ args, netnsPath }] } = attachment;
  const { stateDir, log, kept, choose, round } = request;
  const place = { attachment: key, args: parseArgs(args), stateDir, log, kept };
  const context = new CallContext(place, { append: () => {} });
  try {
    context.setNetns(netnsPath);
    const expected = expectedOf(attachment);
    let found = compareInRound(context, attachment, expected, round);
    let chosen = choose(attachment, found);
    if (chosen.length > 0) {
      // Whatever differs beside has to be known, so that it stays if it is not chosen.
      found = compare(context, attachment, expected, round.changes);
      chosen = choose(attachment, found);
    }
    if (found.length === 0) return { attachment: key, outcome: "intact", differences: [] };
    const spared = new Set(found.filter((it) => !chosen.includes(it)).map(({ text }) => text));
    const reasons = chosen.length === 0 ? new Map() : redoAll(context, attachment, expected, spared, round.changes);
    const left = chosen.length === 0 ? found : compare(context, attachment, expected, round.changes);
    return {
      attachment: key,
      outcome: left.length === 0 ? "repaired" : "remains",
      differences: reportOf(found, left, reasons),
    };
  } finally {
    context.close();
  }
}

/**
 * In the order of the ADD: a route needs its address, an address its link.
 *
 * @param spared texts of the differences that stay; one that comes up only now is of the repair's own making
 * @returns why some could not be made again
 */
function redoAll(
  context: CallContext,
  attachment: LedgerAttachment,
  expected: readonly Change[],
  spared: ReadonlySet<string>,
  changes: SharedChanges,
): Map<Change, string> {
  const reasons = new Map<Change, string>();
  for (const change of expected) {
    const differences = compare(context, attachment, [change], changes);
    if (differences.every(({ text }) => spared.has(text))) continue;
    try {
      redo(context, change);
    } catch (error) {
      reasons.set(change, error instanceof Error ? error.message : String(error));
    }
  }
  return reasons;
}
