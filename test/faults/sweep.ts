// Puts a fault into every point of a scenario's calls, one after the other, on several nodes at a time.

import type { Fault } from "./faulty_program.ts";
import { type Sweep, SweepNode } from "./sweep_node.ts";
import { kindsAt, run, type Trial } from "./trial.ts";

/** Nodes on which trials run at the same time. */
const NODES = 4;
/** Trials for which another node is worth its while. */
const TRIALS_PER_NODE = 12;

/** What a sweep came to. */
export interface SweepResult {
  readonly tried: Readonly<Record<Trial["of"], number>>;
  readonly problems: readonly string[];
}

/**
 * Sweeps.
 *
 * @param every of the trials one in this many is made
 */
export async function sweepPoints(sweep: Sweep, every = 1): Promise<SweepResult> {
  const trials = (await plan(sweep)).filter((_, index) => index % every === 0);
  const queue = [...trials];
  const problems: string[] = [];
  const work = async () => {
    let node = await SweepNode.create(sweep);
    try {
      for (let trial = queue.shift(); trial !== undefined; trial = queue.shift()) {
        const found = await run(node, trial);
        problems.push(...found);
        if (found.length === 0) continue;
        // The node is not what it was: the next trial gets another.
        await node[Symbol.asyncDispose]();
        node = await SweepNode.create(sweep);
      }
      if (!await node.otherIsWell()) problems.push("the other pod does not reach its gateway any more");
    } finally {
      await node[Symbol.asyncDispose]();
    }
  };
  await Promise.all(Array.from({ length: Math.min(NODES, Math.ceil(trials.length / TRIALS_PER_NODE)) }, work));
  const count = (of: Trial["of"]) => trials.filter((trial) => trial.of === of).length;
  return { tried: { ADD: count("ADD"), DEL: count("DEL"), recovery: count("recovery") }, problems };
}

/** All trials, after the points that clean calls come to. */
async function plan(sweep: Sweep): Promise<Trial[]> {
  await using node = await SweepNode.create(sweep);
  const add = (await node.succeed("ADD")).points;
  const del = (await node.succeed("DEL")).points;
  await node.reset();
  if (!sweep.shared) return trialsOf("ADD", add);
  return [...trialsOf("ADD", add), ...trialsOf("DEL", del), ...await recoveries(node, add)];
}

function trialsOf(of: "ADD" | "DEL", points: readonly string[]): Trial[] {
  let number = 0;
  return points.flatMap((point, at) =>
    kindsAt(point, points[at + 1]).map((kind) => {
      const then = nextAfter(of, kind, point, number++);
      return { of, fault: { kind, at }, point, ...then === undefined ? {} : { then } };
    })
  );
}

/** GC in half of the trials. In some the runtime simply tries again; after an ADD that failed it need do nothing. */
function nextAfter(of: string, kind: string, point: string, number: number): Trial["then"] {
  const isLate = /^(committed|finish|finished|answered sqlite INSERT)$/.test(point);
  if (of === "ADD" && kind === "kill" && !isLate && number % 5 === 0) return "ADD";
  if (of === "ADD" && kind !== "kill" && number % 4 > 1) return undefined;
  return number % 2 === 0 ? "DEL" : "GC";
}

/**
 * ADDs that are cut short when everything has been written down, and calls that recover from it and are cut short as
 * well: by DEL, by GC, and by the ADD itself where its plugin ends.
 */
async function recoveries(node: SweepNode, add: readonly string[]): Promise<Trial[]> {
  const trials: Trial[] = [];
  const last = add.indexOf("commit");
  const ends: [NonNullable<Trial["recovery"]>, Fault][] = [
    ["DEL", { kind: "kill", at: last }],
    ["GC", { kind: "kill", at: add.indexOf("committed") }],
    ["ADD", { kind: "fail", at: last }],
  ];
  for (const [recovery, first] of ends) {
    const failed = await node.call("ADD", [first]);
    const points = recovery === "ADD" ? failed.points : (await node.succeed(recovery)).points;
    await node.succeed("DEL");
    points.forEach((point, at) => {
      if (recovery === "ADD" && at <= first.at) return;
      for (const kind of kindsAt(point, points[at + 1]).filter((it) => it !== "trap")) {
        const then = at % 2 === 0 ? "DEL" : "GC";
        trials.push({ of: "recovery", recovery, first, fault: { kind, at }, point, then });
      }
    });
  }
  return trials;
}
