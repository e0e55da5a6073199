// The race of a pod that is faster than whoever applies network policies (k3s#947, kube-router#873, felix#2032): it sends
// from before it has an interface on. Nothing of it arrives before its policies are in force, and then only what these
// allow; and nothing arrives at it.

import { assert, assertEquals } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { type Config, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { agentTest, linesOf } from "./agents.ts";
import { eachEngine } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";
import { until } from "./until.ts";

const [FLOOD, TAKE_OVER] = ["flood.ts", "take_over.ts"].map((name) =>
  new URL(`../lab/${name}`, import.meta.url).pathname
);
const PORT = "4242";
const FIRST = ["10.22.0.2", "fd00:22::2"];
const SECOND = ["10.22.0.3", "fd00:22::3"];
const env = { NO_COLOR: "1" };

type Networks = (node: Node, networkPolicy: unknown) => Config;

function ipam(node: Node) {
  return hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]);
}

const NETWORKS: Record<string, Networks> = {
  bridge: (node, networkPolicy) => bridgeNetwork(node, { ipam: ipam(node), networkPolicy }),
  ptp: (node, networkPolicy) => ({ cniVersion: VERSION, name: "red", type: "ptp", ipam: ipam(node), networkPolicy }),
};

const CLOSED = { untilSynced: "deny", waitMs: 0 };

async function takeOver(node: Node): Promise<void> {
  await node.namespace.must([Deno.execPath(), "run", "-A", "--no-lock", TAKE_OVER!, node.stateDirectory, "once"], {
    env,
  });
}

/** Sends from a namespace until the end of its `await using` scope. */
async function flood(from: Namespace, to: readonly string[]): Promise<AsyncDisposable> {
  const child = from.start([Deno.execPath(), "run", "-A", "--no-lock", FLOOD!, PORT, ...to], { env });
  const output = child.stdout.getReader();
  const complaint = new Response(child.stderr).text();
  if ((await output.read()).done) throw new Error(`it does not send: ${await complaint}`);
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([output.cancel(), complaint, child.status]);
    },
  };
}

type Count = () => Promise<{ readonly v4: number; readonly v6: number }>;

/** Counts the flood's datagrams, and whatever else is of these addresses but neighbour discovery. */
async function count(
  at: Namespace,
  hook: "input" | "output",
  match: "saddr" | "daddr",
  its: readonly string[],
): Promise<Count> {
  const [v4, v6] = its;
  const rules = `table inet seen-${hook} { counter v4 { }; counter v6 { };
    chain c { type filter hook ${hook} priority -300;
      icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
      ip ${match} ${v4} counter name v4
      ip6 ${match} ${v6} counter name v6
    }; }`;
  await at.must(["nft", rules]);
  return async () => {
    const text = await at.must(["nft", "list", "counters", "table", "inet", `seen-${hook}`]);
    const [first, second] = [...text.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
    return { v4: first!, v6: second! };
  };
}

async function both(counted: Count, least: number): Promise<boolean> {
  const { v4, v6 } = await counted();
  return v4 >= least && v6 >= least;
}

const NOTHING = { v4: 0, v6: 0 };

for (const [name, networkOf] of Object.entries(NETWORKS)) {
  eachEngine(
    `${name}: what a pod sends from before its ADD on arrives nowhere, and nothing at it, before it is let go`,
    async (
      target,
      node,
    ) => {
      const [first, second] = [await node.pod(), await node.pod()];
      await succeed(target, node, "ADD", networkOf(node, undefined), attachment(first));
      const left = await count(second, "output", "saddr", SECOND);
      const arrived = await count(first, "input", "saddr", SECOND);
      const cameIn = await count(second, "input", "saddr", FIRST);
      await using _out = await flood(second, FIRST);
      await using _in = await flood(first, SECOND);
      await succeed(target, node, "ADD", networkOf(node, CLOSED), attachment(second));
      await until("it sends", () => both(left, 100));
      assertEquals([await arrived(), await cameIn()], [NOTHING, NOTHING]);
      await takeOver(node);
      await until("it is let go", async () => await both(arrived, 1) && await both(cameIn, 1));
    },
  );
}

const ROUTED = ["10.25.0.2", "fd00:25::2"];

eachEngine("bridge: what is routed to a pod from before its ADD on, and waits for its MAC, does not arrive", async (
  target,
  node,
) => {
  const [neighbour, routed, second] = [await node.pod(), await node.pod(), await node.pod()];
  // With the bridge's route the node forwards to the pod's address, and asks for its MAC, before the pod is there.
  await succeed(target, node, "ADD", NETWORKS["bridge"]!(node, undefined), attachment(neighbour));
  const elsewhere = hostLocal(node, ["10.25.0.0/24", "fd00:25::/64"]);
  await succeed(target, node, "ADD", { ...NETWORKS["ptp"]!(node, undefined), ipam: elsewhere }, attachment(routed));
  const cameIn = await count(second, "input", "saddr", ROUTED);
  await using _in = await flood(routed, SECOND);
  const waits = async () => (await node.namespace.ip("neighbor show nud incomplete")).split("\n");
  await until("the node asks for both", async () => {
    const now = await waits();
    return SECOND.every((address) => now.some((line) => line.startsWith(`${address} `)));
  });
  await succeed(target, node, "ADD", NETWORKS["bridge"]!(node, CLOSED), attachment(second));
  assert(await node.namespace.ping(SECOND[0]!));
  assert(await node.namespace.ping(SECOND[1]!));
  assertEquals(await cameIn(), NOTHING);
  await takeOver(node);
  await until("it is let go", () => both(cameIn, 1));
});

eachEngine("with allow the same datagrams arrive: it is the isolation that keeps them", async (target, node) => {
  const [first, second] = [await node.pod(), await node.pod()];
  const network = NETWORKS["bridge"]!(node, { untilSynced: "allow" });
  await succeed(target, node, "ADD", network, attachment(first));
  const arrived = await count(first, "input", "saddr", SECOND);
  await using _out = await flood(second, FIRST);
  await succeed(target, node, "ADD", network, attachment(second));
  await until("they arrive", () => both(arrived, 1));
});

/** Objects of a cluster as files, for an agent of node n1. @returns its arguments */
function objectsOf(
  node: Node,
  pods: Readonly<Record<string, Record<string, string>>>,
  specs: readonly unknown[],
): string[] {
  const [folder, options] = [`${node.directory}/objects`, `${node.directory}/policy.json`];
  Deno.mkdirSync(folder);
  const items = [
    { kind: "Namespace", metadata: { name: "shop" } },
    ...Object.entries(pods).map(([name, labels]) => (
      { kind: "Pod", metadata: { namespace: "shop", name, labels }, spec: { nodeName: "n1" } }
    )),
    ...specs.map((spec, at) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { namespace: "shop", name: `p${at}` },
      spec,
    })),
  ];
  Deno.writeTextFileSync(`${folder}/all.json`, JSON.stringify({ kind: "List", items }));
  Deno.writeTextFileSync(options, JSON.stringify({ node: "n1", source: { type: "folder", path: folder } }));
  return ["--policy", options, "--gc-interval", "0", "--repair-interval", "0"];
}

async function addPod(target: Target, node: Node, pod: Namespace, name: string): Promise<void> {
  const network = NETWORKS["bridge"]!(node, { untilSynced: "deny", waitMs: 20_000 });
  const args = `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=${name}`;
  await succeed(target, node, "ADD", network, attachment(pod, { args }));
}

agentTest(
  "a policy that denies has no moment at which it does not: of a flood from before the ADD on, nothing ever arrives",
  async (
    target,
    node,
  ) => {
    const pods = { first: {}, quiet: { app: "quiet" } };
    const agent = await Agent.start(
      target,
      node,
      objectsOf(node, pods, [{ podSelector: { matchLabels: { app: "quiet" } }, policyTypes: ["Ingress", "Egress"] }]),
    );
    try {
      const [first, quiet] = [await node.pod(), await node.pod()];
      await addPod(target, node, first, "first");
      const left = await count(quiet, "output", "saddr", SECOND);
      const arrived = await count(first, "input", "saddr", SECOND);
      const cameIn = await count(quiet, "input", "saddr", FIRST);
      await using _out = await flood(quiet, FIRST);
      await using _in = await flood(first, SECOND);
      await addPod(target, node, quiet, "quiet");
      // It is the agent that has let it go, and the policy that is in force.
      const sets = await node.namespace.must(["nft", "list", "table", "inet", "cnidaria-isolation"]);
      assert(!sets.includes("elements"), sets);
      const before = (await left()).v4;
      await until("it sends on", () => both(left, before + 1000));
      assertEquals([await arrived(), await cameIn()], [NOTHING, NOTHING]);
    } finally {
      const { log } = await agent.end();
      assertEquals(linesOf(log).filter(({ level }) => level !== "info"), []);
    }
  },
);

agentTest("a pod that no policy closes is let go before its ADD answers", async (target, node) => {
  await using _agent = await Agent.start(target, node, objectsOf(node, { first: {}, second: {} }, []));
  const [first, second] = [await node.pod(), await node.pod()];
  await addPod(target, node, first, "first");
  const arrived = await count(first, "input", "saddr", SECOND);
  await using _out = await flood(second, FIRST);
  const began = performance.now();
  await addPod(target, node, second, "second");
  assert(performance.now() - began < 20_000);
  await until("they arrive", () => both(arrived, 1));
});
