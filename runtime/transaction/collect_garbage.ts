// The collection of a whole node, where no runtime sends a GC with what exists: a leak is what two looks some time apart
// agree on, and a last look under the lock confirms.

import { Trace } from "../plugin/trace.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { judge } from "./dead_attachment.ts";
import { type Garbage, hasState, linksOfNode, lookForGarbage, type Observation, type Place } from "./garbage.ts";
import { Journal } from "./journal.ts";
import { viewOf } from "./orphans.ts";
import { recover } from "./recover.ts";
import { removeAttachment, type Remover } from "./remove_attachment.ts";
import { removeOrphans } from "./remove_orphans.ts";

/**
 * What became of one thing. `gone`: it was not there any more, by another's work or as a part of something else.
 * `kept`: it is in use after all, or cannot be told; `failed`: it could not be removed, and the next collection tries.
 */
export interface Collected {
  readonly garbage: Pick<Garbage, "what" | "why" | "network">;
  readonly outcome: "removed" | "gone" | "kept" | "failed" | "would be removed";
  /** Why it was kept, or could not be removed. */
  readonly reason?: string;
}

export interface Collection {
  readonly collected: readonly Collected[];
  /** This look, for the next collection. */
  readonly observation: Observation;
}

/** The node, and what a DEL from the ledger needs. */
export interface Collector extends Place, Remover {
  /** Removes nothing, and says what would be. */
  readonly dryRun?: boolean;
}

/**
 * Looks again, and removes what was there at the earlier look as well. Never what is alive, whatever runtime made it,
 * nor what a call is working on. Two at once do each thing once.
 *
 * @param earlier what a look has found some time ago
 */
export async function collectGarbage(collector: Collector, earlier: Observation): Promise<Collection> {
  const observation = lookForGarbage(collector);
  const both = new Map([...observation.found].filter(([id]) => earlier.found.has(id)));
  const collected: Collected[] = observation.doubtful.map((garbage) => ({ garbage, outcome: "kept" }));
  for (const [id, garbage] of observation.found) {
    if (!both.has(id)) collected.push({ garbage, outcome: "kept", reason: "it was not there at the first look" });
  }
  if (collector.dryRun === true) {
    for (const garbage of both.values()) collected.push({ garbage, outcome: "would be removed" });
  } else if (hasState(collector.stateDir)) {
    collected.push(...await removeAll(collector, both));
  }
  return { collected, observation };
}

/** What a dead process was about to do is undone first: its attachment may be another's concern after that. */
async function removeAll(collector: Collector, found: ReadonlyMap<string, Garbage>): Promise<Collected[]> {
  const collected: Collected[] = [];
  for (const garbage of found.values()) {
    if (garbage.kind === "journal") collected.push(await attempt(garbage, () => undoJournal(collector, garbage.path)));
  }
  for (const garbage of found.values()) {
    if (garbage.kind === "attachment") collected.push(await attempt(garbage, () => removeDead(collector, garbage)));
  }
  collected.push(...removeRest(collector, found));
  return collected;
}

type Result = Omit<Collected, "garbage">;

async function attempt(garbage: Garbage, remove: () => Result | Promise<Result>): Promise<Collected> {
  try {
    return { garbage, ...await remove() };
  } catch (error) {
    return { garbage, outcome: "failed", reason: (error as Error).message };
  }
}

function undoJournal(collector: Collector, path: string): Result {
  const journal = Journal.openPath(path, 0, false);
  if (journal === undefined) return { outcome: "gone" };
  let finished = false;
  try {
    finished = recover(journal, { ...collector, trace: new Trace() });
  } finally {
    if (finished) journal.finish();
    else journal.close();
  }
  return finished ? { outcome: "removed" } : { outcome: "failed", reason: "the log says what could not be undone" };
}

async function removeDead(collector: Collector, garbage: Extract<Garbage, { kind: "attachment" }>): Promise<Result> {
  const removal = await removeAttachment(collector, garbage.entry, (current) => {
    const judgement = judge(current, linksOfNode());
    if (judgement.is === "dead") return undefined;
    return judgement.is === "alive" ? "it is in use" : judgement.why;
  });
  return removal.outcome === "kept" ? { outcome: "kept", reason: removal.why } : removal;
}

function removeRest(collector: Collector, found: ReadonlyMap<string, Garbage>): Collected[] {
  const { stateDir, log } = collector;
  const database = openDatabase(stateDir);
  try {
    const removals = removeOrphans(
      database,
      () => viewOf(collector, database),
      (_, id) => found.has(id),
      { log: (level, message) => log.write(level, message) },
    );
    return [...found].flatMap(([id, garbage]): Collected[] => {
      const removal = removals.find(({ kind }) => kind === garbage.kind);
      if (removal === undefined) return [];
      if (removal.failure !== undefined) return [{ garbage, outcome: "failed", reason: removal.failure.message }];
      return [{ garbage, outcome: removal.removed.has(id) ? "removed" : "gone" }];
    });
  } finally {
    database.close();
  }
}
