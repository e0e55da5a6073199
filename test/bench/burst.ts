// Many pods as fast as possible: ADD for all, then DEL for all.

import { attachment } from "../e2e/networks.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { BatchAnswer } from "./batch.ts";
import type { BurstFigures } from "./figures.ts";
import { addressesOf, type Lane } from "./lane.ts";
import { type BurstScenario, SUBNETS } from "./scenarios.ts";
import { repetitions, summaryOf } from "./statistics.ts";

const subnets = [SUBNETS.ipv4];

/** Makes the bridge, and warms caches. */
export async function prepareBurst(lane: Lane): Promise<void> {
  const network = lane.network(subnets, true);
  await using pod = await lane.node.pod();
  await lane.startAgent(network, pod);
  const at = attachment(pod);
  await lane.call("ADD", network, at);
  await lane.call("DEL", network, at);
}

interface Round {
  readonly added: BatchAnswer;
  readonly deleted: BatchAnswer;
}

/** @param pods as many as the scenario wants; they are empty again afterwards */
export async function measureBurst(
  lanes: readonly Lane[],
  scenario: BurstScenario,
  rounds: number,
  pods: readonly Namespace[],
): Promise<BurstFigures[]> {
  const done = new Map<Lane, Round[]>(lanes.map((lane) => [lane, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [lane, its] of done) its.push(await oneRound(lane, scenario, pods));
  }
  return [...done].flatMap(([lane, its]) => figuresOf(lane, scenario.name, its));
}

async function oneRound(lane: Lane, { parallel }: BurstScenario, pods: readonly Namespace[]): Promise<Round> {
  const network = lane.network(subnets, true);
  const all = pods.map((pod) => attachment(pod));
  const added = await lane.calls("ADD", network, all, parallel);
  const deleted = await lane.calls("DEL", network, all, parallel);
  // An attachment whose DEL failed would be in the way of the next ADD in its pod.
  for (const [index, { code }] of deleted.answers.entries()) {
    if (code !== 0) await pods[index]!.run(["ip", "link", "delete", "eth0"]);
  }
  return { added, deleted };
}

function figuresOf({ contestant: { label } }: Lane, scenario: string, rounds: readonly Round[]): BurstFigures[] {
  const addressed = rounds.map(({ added }) => added.answers.filter(({ code }) => code === 0).flatMap(addressesOf));
  const duplicates = addressed.reduce((sum, addresses) => sum + repetitions(addresses), 0);
  return [
    { ...inAll(scenario, label, rounds.map(({ added }) => added)), command: "ADD", duplicates },
    { ...inAll(scenario, label, rounds.map(({ deleted }) => deleted)), command: "DEL", duplicates: 0 },
  ];
}

function inAll(scenario: string, label: string, batches: readonly BatchAnswer[]) {
  const answers = batches.flatMap((batch) => batch.answers);
  const failed = answers.filter(({ code }) => code !== 0);
  const [first] = failed;
  return {
    scenario,
    label,
    wall: summaryOf(batches.map(({ wall }) => wall)).p50,
    times: summaryOf(answers.map(({ ms }) => ms)),
    failures: failed.length,
    ...(first === undefined ? {} : { firstFailure: `${first.code}: ${first.stdout}${first.stderr}`.slice(0, 500) }),
  };
}
