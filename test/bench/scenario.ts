// One scenario: every contestant on a node of its own, measured in turns, so that a slow moment of the machine hits all.

import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import { type Config, succeed } from "../lab/cni_call.ts";
import { Node } from "../lab/node.ts";
import type { Contestant } from "./contestants.ts";
import { type Row, seriesOf } from "./statistics.ts";

export interface Scenario {
  readonly ipMasq: boolean;
  /** Leases that others hold. */
  readonly held: number;
}

interface Lane {
  readonly contestant: Contestant;
  readonly node: Node;
  readonly network: Config;
  readonly ADD: number[];
  readonly DEL: number[];
}

/** Measures a scenario. Times are of the whole process, `nsenter` included (about 1 ms). */
export async function measure(scenario: Scenario, contestants: readonly Contestant[], rounds: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const lanes: Lane[] = [];
  for (const contestant of contestants) {
    const node = stack.use(await Node.create());
    lanes.push({ contestant, node, network: networkOf(node, scenario, contestant), ADD: [], DEL: [] });
  }
  for (const lane of lanes) await hold(lane, scenario.held);
  // The first round makes the bridge and warms caches: it does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const lane of lanes) await oneRound(lane, round > 0);
  }
  return (["ADD", "DEL"] as const).flatMap((command) => rowsOf(scenario, command, lanes));
}

function networkOf(node: Node, { ipMasq }: Scenario, { keys }: Contestant): Config {
  return bridgeNetwork(node, { ipMasq, ipam: hostLocal(node, ["10.22.0.0/16"]), ...(ipMasq ? keys : {}) });
}

// Leases of attachments that have nothing but their lease: what host-local has to look through.
async function hold({ contestant, node, network }: Lane, leases: number): Promise<void> {
  const pod = await node.pod();
  for (let i = 0; i < leases; i++) {
    await succeed(contestant.target, node, "ADD", { ...network, type: "host-local" }, attachment(pod));
  }
}

async function oneRound({ contestant: { target }, node, network, ADD, DEL }: Lane, counts: boolean): Promise<void> {
  const pod = await node.pod();
  const at = attachment(pod);
  const began = performance.now();
  await succeed(target, node, "ADD", network, at);
  const added = performance.now();
  await succeed(target, node, "DEL", network, at);
  const deleted = performance.now();
  await pod.delete();
  if (!counts) return;
  ADD.push(added - began);
  DEL.push(deleted - added);
}

function rowsOf({ ipMasq, held }: Scenario, command: "ADD" | "DEL", lanes: readonly Lane[]): Row[] {
  const scenario = `${held} leases held, ${ipMasq ? "with" : "without"} ipMasq`;
  const base = seriesOf(lanes[0]![command]).p50;
  return lanes.map(({ contestant: { label }, [command]: times }) => {
    const series = seriesOf(times);
    return { scenario, command, label, series, ratio: series.p50 / base };
  });
}
