// `deno task bench:overlay`: what one TCP connection between pods on two nodes carries, where our agent connects the
// nodes and where flanneld does, in turns on labs that are alike; and between the nodes' own addresses beside.
//
// The kernel forwards in all of them: the ratio shows whether ours has set it up as well.

import { Cluster } from "../lab/cluster.ts";
import { Pod } from "../lab/cluster_pod.ts";
import type { Target } from "../lab/cni_call.ts";
import { Daemon } from "../lab/daemon.ts";
import { startFlanneld } from "../lab/flanneld.ts";
import type { Namespace } from "../lab/namespace.ts";
import { throughAgent } from "../e2e/targets.ts";
import { median } from "./statistics.ts";

const ROUNDS = 5;
/** Of each connection. */
const SECONDS = 1;
const BACKENDS = ["vxlan", "host-gw"] as const;
const CONTESTANTS = ["cnidaria", "flanneld"] as const;

/** What is measured between: an iperf3 server listens on `address`. */
interface Way {
  readonly name: string;
  readonly from: Namespace;
  readonly address: string;
  readonly rates: number[];
}

const target = await throughAgent().ready();
for (const backend of BACKENDS) await measure(backend);

async function measure(backend: typeof BACKENDS[number]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const ways: Way[] = [];
  for (const contestant of CONTESTANTS) ways.push(...await prepare(contestant, backend, stack, target));
  for (let round = 0; round < ROUNDS; round++) for (const way of ways) way.rates.push(await rateOf(way));
  say(`\n${backend}: Gbit/s of one TCP connection, the median of ${ROUNDS} times of ${SECONDS} s, in turns\n\n`);
  for (const { name, rates } of ways) {
    say(`  ${name.padEnd(26)} ${median(rates).toFixed(2)}  (${rates.map((rate) => rate.toFixed(2)).join(" ")})\n`);
  }
  const rate = (name: string) => median(ways.find((way) => way.name === name)!.rates);
  say(`  ratio of the pods          ${(rate("cnidaria, pods") / rate("flanneld, pods")).toFixed(2)}\n`);
}

async function prepare(
  contestant: typeof CONTESTANTS[number],
  backend: string,
  stack: AsyncDisposableStack,
  target: Target,
): Promise<Way[]> {
  const cluster = stack.use(await Cluster.create({ nodes: 2 }));
  const etcd = stack.use(await cluster.startEtcd({ Network: "10.244.0.0/16", Backend: { Type: backend } }));
  const pods: Pod[] = [];
  for (const node of cluster.nodes) {
    const started = contestant === "flanneld"
      ? startFlanneld(node, etcd.endpoint)
      : node.startAgent(target, etcd.endpoint);
    stack.use(await started);
    pods.push(stack.use(await Pod.attach(target, node)));
  }
  const [from, to] = pods as [Pod, Pod];
  if (!await from.reaches(to)) {
    throw new Error(`Cannot measure ${contestant} with ${backend} as pods have no connection`);
  }
  for (const namespace of [to.namespace, to.node.namespace]) {
    const server = stack.use(Daemon.start(["iperf3", "--server", "--forceflush"], namespace));
    await server.until("it listens", () => server.log.includes("listening"));
  }
  return [
    { name: `${contestant}, pods`, from: from.namespace, address: to.address, rates: [] },
    { name: `${contestant}, nodes`, from: from.node.namespace, address: to.node.addresses.ipv4, rates: [] },
  ];
}

/** Gbit/s. */
async function rateOf({ from, address }: Way): Promise<number> {
  const argv = ["iperf3", "--client", address, "--time", String(SECONDS), "--json"];
  const report = JSON.parse(await from.must(argv)) as { end: { sum_received: { bits_per_second: number } } };
  return report.end.sum_received.bits_per_second / 1e9;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
