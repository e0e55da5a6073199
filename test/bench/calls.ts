// ADD and DEL one at a time, all contestants in turns, so that a slow moment of the machine hits all.

import { attachment } from "../e2e/networks.ts";
import type { CallFigures, Command, MemoryFigures } from "./figures.ts";
import { hold } from "./hold.ts";
import type { Lane } from "./lane.ts";
import type { CallScenario } from "./scenarios.ts";
import { summaryOf } from "./statistics.ts";

/** Seconds after which a scenario has no further round, if it had the fewest that it needs. */
const ENOUGH_SECONDS = 120;
const FEWEST = 5;

export interface CallResults {
  readonly calls: CallFigures[];
  readonly memory: MemoryFigures[];
}

/** Makes what the scenario starts from: pods that are held, the bridge, caches that are warm. */
export async function prepareCalls(lane: Lane, scenario: CallScenario): Promise<void> {
  await hold(lane, scenario.subnets, scenario.held);
  const network = lane.network(scenario.subnets, scenario.ipMasq);
  await using pod = await lane.node.pod();
  await lane.startAgent(network, pod);
  await oneRound(lane, scenario);
}

export async function measureCalls(
  lanes: readonly Lane[],
  scenario: CallScenario,
  rounds: number,
): Promise<CallResults> {
  const times = new Map(lanes.map((lane) => [lane, { ADD: [] as number[], DEL: [] as number[] }]));
  const began = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= FEWEST && performance.now() - began > ENOUGH_SECONDS * 1000) break;
    for (const [lane, { ADD, DEL }] of times) {
      const took = await oneRound(lane, scenario);
      ADD.push(took.ADD);
      DEL.push(took.DEL);
    }
  }
  const { name } = scenario;
  const calls = [...times].flatMap(([{ contestant: { label } }, its]) =>
    (["ADD", "DEL"] as const).map((command) => ({
      scenario: name,
      command,
      label,
      times: summaryOf(its[command]),
    }))
  );
  const memory = lanes.map((lane) => lane.memory()).filter((it) => it !== undefined);
  return { calls, memory: memory.map((it) => ({ scenario: name, ...it })) };
}

async function oneRound(lane: Lane, { subnets, ipMasq }: CallScenario): Promise<Record<Command, number>> {
  const network = lane.network(subnets, ipMasq);
  await using pod = await lane.node.pod();
  const at = attachment(pod);
  const { ms: ADD } = await lane.call("ADD", network, at);
  const { ms: DEL } = await lane.call("DEL", network, at);
  return { ADD, DEL };
}
