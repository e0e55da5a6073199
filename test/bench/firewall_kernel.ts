// What the kernel's part of network policies costs: one element of a set, however many there are; and packets between two
// pods of a node, with 10,000 policies and with none, in turns on nodes that are alike.

import { KernelRuleset } from "../../host-funcs/firewall/ruleset/kernel_ruleset.ts";
import { currentNamespace, openNamespace } from "../../host-funcs/sys/namespace.ts";
import { Daemon } from "../lab/daemon.ts";
import { Namespace } from "../lab/namespace.ts";
import { addressesOf, namespaces, pod, policy } from "./policy_cluster.ts";
import { PolicyNode } from "./policy_node.ts";
import { median, medianText } from "./statistics.ts";

const HELD = [1, 1_000, 10_000];
const TIMES = 200;
const POLICIES = 10_000;
const PODS = 1_000;
/** Both are in ns0. Ten policies select each; they let the client reach port 9000 of the server, and others not. */
const [SERVER, CLIENT] = [0, 100];
const PORT = 9000;
const ROUNDS = 7;
const SECONDS = 1;

const [SERVER_ADDRESS] = addressesOf(SERVER);
/** Accepts connections, and ends them. */
const ACCEPT = `
const end = (connection) => connection.close();
const other = Deno.listen({ port: ${PORT + 1000} });
(async () => { for await (const it of other) end(it); })();
const listener = Deno.listen({ port: ${PORT + 1} });
console.log("listening");
for await (const it of listener) end(it);`;
/** Connects one time after the other. */
const CONNECT = `
let count = 0;
for (const end = performance.now() + ${SECONDS * 1000}; performance.now() < end; count++) {
  const connection = await Deno.connect({ hostname: "${SERVER_ADDRESS}", port: ${PORT + 1} });
  await connection.read(new Uint8Array(1));
  connection.close();
}
console.log(count / ${SECONDS});`;

measureElements();
await measurePackets();

function measureElements(): void {
  say(`Microseconds for one element of a set, the median and (least-most) of ${TIMES}\n\n`);
  for (const held of HELD) {
    const kernel = new KernelRuleset("bench", "inet", currentNamespace());
    try {
      const elements = Array.from(
        { length: held },
        (_, at) => ({ key: `10.${at >> 16}.${at >> 8 & 255}.${at & 255}` }),
      );
      kernel.apply([
        { tag: "add-set", val: { name: "pods", key: ["ipv4-addr"], intervals: false, verdicts: false } },
        { tag: "put-elements", val: { set: "pods", elements } },
      ]);
      const [added, deleted]: [number[], number[]] = [[], []];
      for (let at = 0; at < TIMES; at++) {
        const key = `192.0.2.${at}`;
        added.push(
          microseconds(() => kernel.apply([{ tag: "put-elements", val: { set: "pods", elements: [{ key }] } }])),
        );
        deleted.push(microseconds(() => kernel.apply([{ tag: "delete-elements", val: { set: "pods", keys: [key] } }])));
      }
      say(`  ${String(held).padStart(6)} held   added ${medianText(added, 0)}, deleted ${medianText(deleted, 0)}\n`);
    } finally {
      kernel.remove();
      kernel.close();
    }
  }
}

async function measurePackets(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const ways = [];
  for (const policies of [0, POLICIES]) ways.push(await prepare(policies, stack));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { client, tcp, connections } of ways) {
      tcp.push(await rateOf(client));
      connections.push(await connectionsOf(client));
    }
  }
  const [none, many] = ways as [Way, Way];
  say(`\nTwo pods of one node, the median and (least-most) of ${ROUNDS} times of ${SECONDS} s, in turns\n\n`);
  for (const { policies, tcp, connections } of ways) {
    say(`  ${String(policies).padStart(6)} policies   TCP ${medianText(tcp, 2)} Gbit/s, `);
    say(`new connections ${medianText(connections, 0)} a second\n`);
  }
  const ratio = (of: (way: Way) => number[]) => (median(of(many)) / median(of(none))).toFixed(2);
  say(
    `  ratio             TCP ${ratio(({ tcp }) => tcp)}, new connections ${ratio(({ connections }) => connections)}\n`,
  );
}

interface Way {
  readonly policies: number;
  readonly client: Namespace;
  readonly tcp: number[];
  readonly connections: number[];
}

async function prepare(policies: number, stack: AsyncDisposableStack): Promise<Way> {
  const own = async (role: string) => {
    const namespace = await Namespace.create(role);
    stack.defer(() => namespace.delete());
    return namespace;
  };
  const node = await own("node");
  await node.must(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  const [server, client] = [await own("server"), await own("client")];
  for (const [at, namespace] of [[SERVER, server], [CLIENT, client]] as const) await attach(node, namespace, at);
  if (policies > 0) {
    const opened = openNamespace(node.path);
    stack.defer(() => opened.close());
    const rules = stack.use(await PolicyNode.open(opened));
    rules.anew({
      Namespace: namespaces(),
      Pod: Array.from({ length: PODS }, (_, at) => pod(at, at === SERVER || at === CLIENT)),
      NetworkPolicy: Array.from({ length: policies }, (_, at) => policy(at)),
    });
  }
  const daemon = stack.use(Daemon.start(["iperf3", "--server", "--forceflush", "--port", String(PORT)], server));
  await daemon.until("it listens", () => daemon.log.includes("listening"));
  const answers = stack.use(Daemon.start([Deno.execPath(), "eval", ACCEPT], server));
  await answers.until("it listens", () => answers.log.includes("listening"));
  if (policies > 0 && await reaches(client, PORT + 1000)) throw new Error("The policies let through what they forbid");
  return { policies, client, tcp: [], connections: [] };
}

/** A link to the node, which routes to it. */
async function attach(node: Namespace, namespace: Namespace, at: number): Promise<void> {
  const [address] = addressesOf(at);
  const link = `pod${at}`;
  await node.must(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace.path]);
  await node.ip(`address add 169.254.1.1/32 dev ${link}`);
  await node.ip(`link set ${link} up`);
  await namespace.ip(`address add ${address}/32 dev eth0`);
  await namespace.ip("link set eth0 up");
  await namespace.ip("route add default via 169.254.1.1 dev eth0 onlink");
  await node.ip(`route add ${address}/32 dev ${link}`);
}

async function connectionsOf(client: Namespace): Promise<number> {
  return Number(await client.must([Deno.execPath(), "eval", CONNECT], { env: { NO_COLOR: "1" } }));
}

async function reaches(client: Namespace, port: number): Promise<boolean> {
  const connect =
    `await Deno.connect({ hostname: "${SERVER_ADDRESS}", port: ${port}, signal: AbortSignal.timeout(500) });`;
  return (await client.run(["timeout", "2", Deno.execPath(), "eval", connect])).code === 0;
}

/** Gbit/s. */
async function rateOf(client: Namespace): Promise<number> {
  const argv = ["iperf3", "--client", SERVER_ADDRESS, "--port", String(PORT), "--time", String(SECONDS), "--json"];
  const report = JSON.parse(await client.must(argv)) as { end: { sum_received: { bits_per_second: number } } };
  return report.end.sum_received.bits_per_second / 1e9;
}

function microseconds(act: () => void): number {
  const began = performance.now();
  act();
  return (performance.now() - began) * 1000;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
