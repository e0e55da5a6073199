// One scenario: every contestant on a node of its own, measured in turns, so that a slow moment of the machine hits all.

import { attachment, bridgeNetwork, hostLocal } from "../e2e/networks.ts";
import { type Config, succeed } from "../lab/cni_call.ts";
import { Node } from "../lab/node.ts";
import type { Contestant } from "./contestants.ts";
import { type Row, seriesOf } from "./statistics.ts";

interface Lane {
  readonly contestant: Contestant;
  readonly node: Node;
  /** Milliseconds. */
  ADD: number[];
  DEL: number[];
}

/**
 * Measures with that many leases held by others, without and with ipMasq. Times are of the whole process, `nsenter`
 * included (about 1 ms).
 */
export async function measure(held: number, contestants: readonly Contestant[], rounds: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const lanes: Lane[] = [];
  for (const contestant of contestants) {
    lanes.push({ contestant, node: stack.use(await Node.create()), ADD: [], DEL: [] });
  }
  for (const lane of lanes) await hold(lane, held);
  const rows: Row[] = [];
  for (const ipMasq of [false, true]) {
    for (const lane of lanes) [lane.ADD, lane.DEL] = [[], []];
    // The first round makes the bridge and warms caches: it does not count.
    for (let round = 0; round <= rounds; round++) {
      for (const lane of lanes) await oneRound(lane, ipMasq, round > 0);
    }
    const scenario = `${held} leases held, ${ipMasq ? "with" : "without"} ipMasq`;
    rows.push(...rowsOf(scenario, "ADD", lanes), ...rowsOf(scenario, "DEL", lanes));
  }
  return rows;
}

function networkOf(node: Node, ipMasq: boolean, { keys }: Contestant): Config {
  return bridgeNetwork(node, { ipMasq, ipam: hostLocal(node, ["10.22.0.0/16"]), ...(ipMasq ? keys : {}) });
}

// Leases of attachments that have nothing but their lease: what host-local has to look through.
async function hold({ contestant, node }: Lane, leases: number): Promise<void> {
  const pod = await node.pod();
  const network = { ...networkOf(node, false, contestant), type: "host-local" };
  for (let i = 0; i < leases; i++) await succeed(contestant.target, node, "ADD", network, attachment(pod));
}

async function oneRound({ contestant, node, ADD, DEL }: Lane, ipMasq: boolean, counts: boolean): Promise<void> {
  const network = networkOf(node, ipMasq, contestant);
  const { target } = contestant;
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

function rowsOf(scenario: string, command: "ADD" | "DEL", lanes: readonly Lane[]): Row[] {
  const base = seriesOf(lanes[0]![command]).p50;
  return lanes.map(({ contestant: { label }, [command]: times }) => {
    const series = seriesOf(times);
    return { scenario, command, label, series, ratio: series.p50 / base };
  });
}
