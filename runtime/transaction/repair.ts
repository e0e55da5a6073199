// Repair: what someone took from an attachment is made again. For the command line, and for the agent, which does it now
// and then.
//
// Nothing is journaled. The ledger has every change that is made again, so a DEL takes back what a repair made, also one
// that was killed halfway; the attachment's lock is held, so no ADD, DEL or CHECK sees half of it. Nothing that others
// have made is removed.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { differencesOf, redo } from "../../host-funcs/drift.ts";
import { Reading } from "../../host-funcs/reading.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { livenessOf } from "../../host-funcs/state/liveness.ts";
import { parseArgs } from "../cni/environment.ts";
import type { Log } from "../cni/log.ts";
import { noCheckpoint } from "../plugin/checkpoint.ts";
import { CallContext, type Kept } from "../plugin/host_context.ts";
import { Trace } from "../plugin/trace.ts";
import { compare, type Difference, expectedOf } from "./compare.ts";
import { Journal } from "./journal.ts";
import { attachmentIn, attachmentsIn, type LedgerAttachment, type Selection } from "./ledger_attachments.ts";
import { recover } from "./recover.ts";

export interface RepairRequest {
  readonly stateDir: string;
  readonly log: Log;
  /** Milliseconds to wait for another call on an attachment. */
  readonly lockWaitMs: number;
  readonly choose: Choose;
  /** Only where one process looks at many. */
  readonly kept?: Kept | undefined;
}

/** Which differences of an attachment to repair. It is asked under the attachment's lock, also where there are none. */
export type Choose = (attachment: LedgerAttachment, found: readonly Difference[]) => readonly Difference[];

export const repairAll: Choose = (_, found) => found;
/** A dry run. */
export const repairNothing: Choose = () => [];

/**
 * - `intact`: as its ADD left it
 * - `repaired`: it is so again
 * - `remains`: something could not be made again, or was not chosen
 * - `dead`: its namespace is gone, or it is of an earlier boot; `cnidaria gc` removes what is left
 * - `skipped`: it could not be looked at; `reason` says why
 */
export type Outcome = "intact" | "repaired" | "remains" | "dead" | "skipped";

export interface RepairedAttachment {
  readonly attachment: AttachmentKey;
  readonly outcome: Outcome;
  readonly differences: readonly RepairedDifference[];
  readonly reason?: string;
}

export interface RepairedDifference {
  readonly text: string;
  readonly repaired: boolean;
  /** Why it was not. */
  readonly reason?: string;
}

/** Compares attachments with what is there, and makes again what is missing. The oldest come first. */
export function repair(request: RepairRequest, selection: Selection, database: Database): RepairedAttachment[] {
  const results = new Map<string, RepairedAttachment>();
  for (const { key } of attachmentsIn(database, selection)) {
    const result = repairAttachment(request, key, database);
    if (result !== undefined) results.set(JSON.stringify(key), result);
  }
  // A bridge that one attachment needs, another may have had to make again.
  const made = [...results.values()].some(({ differences }) => differences.some((it) => it.repaired));
  for (const [id, first] of made ? results : []) {
    if (first.outcome !== "remains") continue;
    const second = repairAttachment(request, first.attachment, database);
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
  const { stateDir, log, kept, choose } = request;
  const place = { attachment: key, args: parseArgs(args), stateDir, log, kept };
  const context = new CallContext(place, { append: () => {} });
  try {
    context.setNetns(netnsPath);
    const expected = expectedOf(attachment);
    const found = compare(context, attachment, expected);
    const chosen = choose(attachment, found);
    if (found.length === 0) return { attachment: key, outcome: "intact", differences: [] };
    const spared = new Set(found.filter((it) => !chosen.includes(it)).map(({ text }) => text));
    const reasons = chosen.length === 0 ? new Map() : redoAll(context, attachment, expected, spared);
    const left = chosen.length === 0 ? found : compare(context, attachment, expected);
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
): Map<Change, string> {
  const reasons = new Map<Change, string>();
  for (const change of expected) {
    // Most are in order: then there is no look at other attachments.
    if (differencesOf(new Reading(context), change).length === 0) continue;
    if (compare(context, attachment, [change]).every(({ text }) => spared.has(text))) continue;
    try {
      redo(context, change);
    } catch (error) {
      reasons.set(change, error instanceof Error ? error.message : String(error));
    }
  }
  return reasons;
}

function reportOf(
  found: readonly Difference[],
  left: readonly Difference[],
  reasons: ReadonlyMap<Change, string>,
): RepairedDifference[] {
  const gone = found.filter((it) => !left.some(({ change }) => change === it.change));
  return [
    ...gone.map(({ text }) => ({ text, repaired: true })),
    ...left.map(({ change, text }) => {
      const reason = reasons.get(change);
      return { text, repaired: false, ...reason === undefined ? {} : { reason } };
    }),
  ];
}

/** Two rounds of one attachment, as one. */
function merged(first: RepairedAttachment, second: RepairedAttachment): RepairedAttachment {
  const still = new Set(second.differences.filter((it) => !it.repaired).map(({ text }) => text));
  const before = first.differences.filter((it) => it.repaired || !still.has(it.text))
    .map(({ text }) => ({ text, repaired: true }));
  const texts = new Set(before.map(({ text }) => text));
  const differences = [...before, ...second.differences.filter(({ text }) => !texts.has(text))];
  const outcome = second.outcome === "intact" ? "repaired" : second.outcome;
  return { ...second, outcome, differences };
}
