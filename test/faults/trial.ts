// One trial: a call with a fault, what a runtime does next, and whether anything is left.

import { answerFault } from "./answer.ts";
import type { Fault, FaultyOutcome } from "./faulty_program.ts";
import type { SweepNode } from "./sweep_node.ts";

/** What is done, and in which order. */
export interface Trial {
  /** `DEL` and `recovery` come after an ADD: one that succeeded, or one that `first` ended. */
  readonly of: "ADD" | "DEL" | "recovery";
  /** The fault of the ADD that has to be recovered from. */
  readonly first?: Fault;
  /** The call that recovers, and is cut short itself. */
  readonly recovery?: "ADD" | "DEL" | "GC";
  readonly fault: Fault;
  readonly point: string;
  /** What the runtime does next; nothing, where an ADD has failed and must have left nothing already. */
  readonly then?: "DEL" | "GC" | "ADD";
}

/**
 * Faults that a point can have. Before a host call it is refused, or the process dies; after it the plugin traps, or the
 * process dies; once a change is written down the kernel or the disk refuses, or the process dies. Where nothing has
 * changed since the point before, dying there is no other trial.
 *
 * @param next the point after it
 */
export function kindsAt(point: string, next = ""): Fault["kind"][] {
  const [when, what = ""] = point.split(" ");
  switch (when) {
    case "before":
      return what.startsWith("log.") ? [] : ["kill", "fail"];
    case "after":
      return ["kill", "trap"];
    case "journaled":
      return next.startsWith("request") ? ["kill"] : ["kill", "fail"];
    case "request":
      return ["fail"];
    case "answered":
      return /^(after|undo|committed|released|finished)\b/.test(next) ? [] : ["kill"];
    case "commit":
      return ["kill", "fail"];
    default:
      return ["kill"];
  }
}

/** Runs a trial on a node in its state before. @returns what is wrong, and what is left */
export async function run(node: SweepNode, trial: Trial): Promise<string[]> {
  const problems: string[] = [];
  if (trial.of === "DEL") await node.succeed("ADD");
  if (trial.of === "recovery" && trial.recovery !== "ADD") await node.call("ADD", [trial.first!]);
  const command = trial.of === "recovery" ? trial.recovery! : trial.of;
  const faults = trial.recovery === "ADD" ? [trial.first!, trial.fault] : [trial.fault];
  const outcome = await node.call(command, faults);
  problems.push(...outcomeFaults(trial, outcome));
  const attached = trial.of === "DEL" || trial.then === "ADD" || (trial.of === "ADD" && isComplete(trial, outcome));
  // The disk has refused the journal's end: the next call takes back what it says.
  const isPending = trial.point === "request file removeSync";
  if (trial.of === "ADD" && !outcome.killed && outcome.code !== 0 && !isPending) {
    problems.push(...labelled("right after the ADD that failed", await node.differs(node.before)));
  }
  const then = trial.then ?? (attached || isPending ? "DEL" : undefined);
  if (then !== undefined) {
    problems.push(...await follow(node, then));
    if (attached) await node.reset();
    problems.push(...labelled("in the end", await node.differs(node.before)));
  }
  return problems.map((problem) => `${describe(trial)}: ${problem}`);
}

/** An ADD counts once its journal is gone: until then the next call takes it back. */
function isComplete({ fault, point }: Trial, { code }: FaultyOutcome): boolean {
  return fault.kind === "kill" ? point === "finished" : code === 0;
}

function outcomeFaults({ fault, point }: Trial, outcome: FaultyOutcome): string[] {
  const reached = outcome.points[fault.at];
  if (reached !== point) return [`it came to ${JSON.stringify(reached)} instead: ${outcome.stdout}${outcome.stderr}`];
  if (fault.kind === "kill") return outcome.killed ? [] : ["it survived SIGKILL"];
  const wrong = answerFault(outcome);
  return wrong === undefined ? [] : [wrong];
}

async function follow(node: SweepNode, then: NonNullable<Trial["then"]>): Promise<string[]> {
  const problems: string[] = [];
  for (const command of then === "ADD" ? ["ADD", "DEL"] as const : [then]) {
    const outcome = await node.call(command);
    const wrong = answerFault(outcome);
    if (wrong !== undefined) problems.push(`${command} next: ${wrong}`);
    else if (outcome.code !== 0) problems.push(`${command} next failed: ${outcome.stdout}${outcome.stderr}`);
  }
  return problems;
}

function describe({ of, recovery, first, fault, point, then }: Trial): string {
  const before = first === undefined ? "" : ` (by ${recovery}, of an ADD with ${first.kind} at ${first.at})`;
  return `${of}${before}, ${fault.kind} at ${fault.at} ${JSON.stringify(point)}, then ${then ?? "nothing"}`;
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${label}:\n    ${lines.join("\n    ")}`];
}
