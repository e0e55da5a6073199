// `networkPolicy` of a network configuration: nothing passes to or from a new pod until its network policies are in
// force. What puts them in force is stood in for by a program that takes the addresses over.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Attachment, call, type Config, fail, type Result, succeed } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { type Node, OUTSIDE } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachEngine } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";

const TAKE_OVER = new URL("../lab/take_over.ts", import.meta.url).pathname;
const POD_ARGS = "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1";

function takeOverArgs(node: Node, how: "once" | "on"): string[] {
  return [Deno.execPath(), "run", "-A", "--no-lock", TAKE_OVER, node.stateDirectory, how];
}

function takeOver(node: Node): Promise<string> {
  return node.namespace.must(takeOverArgs(node, "once"), { env: { NO_COLOR: "1" } });
}

/** A bridge of both families, whose pods are isolated. */
function closedNetwork(node: Node, changes: Record<string, unknown> = {}): Config {
  return bridgeNetwork(node, {
    ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]),
    networkPolicy: { untilSynced: "deny", waitMs: 0 },
    ...changes,
  });
}

/** The elements of the kernel's sets. */
async function isolated(node: Node): Promise<string[]> {
  const { code, stdout } = await node.namespace.run(["nft", "list", "table", "inet", "cnidaria-isolation"]);
  if (code !== 0) return [];
  return [...stdout.matchAll(/elements = \{([^}]*)\}/g)].flatMap(([, list]) => list!.trim().split(/,\s*/));
}

async function once(from: Namespace, to: string): Promise<boolean> {
  return (await from.run(["ping", "-n", "-q", "-c", "1", "-W", "1", to])).code === 0;
}

eachEngine("a new pod with deny: nothing passes in either direction until it is taken over", async (target, node) => {
  await node.outside();
  const [routed, first, second] = [await node.pod(), await node.pod(), await node.pod()];
  const network = closedNetwork(node, { ipMasq: true });
  const ipam = hostLocal(node, ["10.25.0.0/24"]);
  await succeed(target, node, "ADD", { cniVersion: VERSION, name: "red", type: "ptp", ipam }, attachment(routed));
  await succeed(target, node, "ADD", network, attachment(first));
  await takeOver(node);
  await succeed(target, node, "ADD", network, attachment(second));
  assertEquals((await isolated(node)).sort(), ["10.22.0.3", "fd00:22::3"]);
  const ways: [Namespace, string][] = [
    [first, "10.22.0.3"],
    [first, "fd00:22::3"],
    [second, "10.22.0.2"],
    [second, "fd00:22::2"],
    [routed, "10.22.0.3"],
    [second, "10.25.0.2"],
    [second, OUTSIDE.ipv4],
    [second, OUTSIDE.ipv6],
  ];
  assertEquals(await Promise.all(ways.map(([from, to]) => once(from, to))), ways.map(() => false));
  // Its own node has to reach it, for probes; and the pod that is not new is none of its business.
  for (const address of ["10.22.0.1", "fd00:22::1"]) assert(await second.ping(address), `${address} does not answer`);
  assert(await node.namespace.ping("10.22.0.3"));
  assert(await first.ping(OUTSIDE.ipv4));
  await takeOver(node);
  assertEquals(await isolated(node), []);
  for (const [from, to] of ways) assert(await from.ping(to), `${to} does not answer ${from.name}`);
});

eachEngine("an ADD answers when its pod has been taken over", async (target, node) => {
  await succeed(target, node, "ADD", closedNetwork(node), attachment(await node.pod()));
  const agent = node.namespace.start(takeOverArgs(node, "on"), { env: { NO_COLOR: "1" } });
  try {
    const network = closedNetwork(node, { networkPolicy: { untilSynced: "deny", waitMs: 30_000 } });
    const { code, stderr } = await call(target, node, "ADD", network, attachment(await node.pod()));
    assertEquals([code, stderr, await isolated(node)], [0, "", []]);
  } finally {
    agent.kill("SIGKILL");
    await Promise.all([agent.stdout.cancel(), agent.stderr.cancel(), agent.status]);
  }
});

eachEngine("an ADD answers after waitMs, says so, and the pod stays isolated", async (target, node) => {
  const network = closedNetwork(node, { networkPolicy: { untilSynced: "deny", waitMs: 300 } });
  const began = performance.now();
  const { code, stderr } = await call(target, node, "ADD", network, attachment(await node.pod(), { args: POD_ARGS }));
  assertEquals(code, 0);
  assert(performance.now() - began >= 300);
  assertStringIncludes(
    stderr,
    "pod shop/web-1 is answered for after 300 ms (networkPolicy.waitMs), but nothing is forwarded to or from 10.22.0.2 " +
      "and fd00:22::2 until its network policies are in force: the agent opens the pod then by itself. See whether",
  );
  assertEquals((await isolated(node)).sort(), ["10.22.0.2", "fd00:22::2"]);
  const nameless = attachment(await node.pod());
  const { stderr: other } = await call(target, node, "ADD", network, nameless);
  assertStringIncludes(other, `container ${nameless.containerId} is answered for after 300 ms`);
  assertStringIncludes(other, "as CNI_ARGS has no K8S_POD_NAMESPACE and K8S_POD_NAME");
});

eachEngine("DEL ends an isolation, with the last pod its table; the address's next pod is isolated", async (
  target,
  node,
) => {
  const before = await dumpState(node.namespace, { except: ["cni0"], exceptParameters: true });
  const network = closedNetwork(node, { ipam: { type: "static", addresses: [{ address: "10.26.0.7/24" }] } });
  for (const taken of [true, false]) {
    const at = attachment(await node.pod(), { args: POD_ARGS });
    await succeed(target, node, "ADD", network, at);
    assertEquals(await isolated(node), ["10.26.0.7"]);
    if (taken) await takeOver(node);
    await succeed(target, node, "DEL", network, at);
    assertEquals(await dumpState(node.namespace, { except: ["cni0"], exceptParameters: true }), before);
  }
});

eachEngine("with allow, and without networkPolicy, nothing is isolated, and no ADD waits", async (target, node) => {
  for (const networkPolicy of [{ untilSynced: "allow", waitMs: 60_000 }, undefined]) {
    const network = closedNetwork(node, { networkPolicy });
    const { code, stderr } = await call(target, node, "ADD", network, attachment(await node.pod()));
    assertEquals([code, stderr, await isolated(node)], [0, "", []]);
  }
});

eachEngine("an ADD that fails leaves no isolation", async (target, node) => {
  const network = closedNetwork(node, { vlan: 5000 });
  await fail(target, node, "ADD", network, attachment(await node.pod()));
  const pod = await node.pod();
  const twice = { type: "static", addresses: [{ address: "10.26.0.7/24" }, { address: "10.26.0.7/24" }] };
  await fail(target, node, "ADD", closedNetwork(node, { ipam: twice }), attachment(pod));
  assertEquals((await node.namespace.must(["nft", "list", "ruleset"])).includes("isolation"), false);
});

const WRONG: readonly (readonly [unknown, string])[] = [
  [true, '"networkPolicy" is invalid: true'],
  [{}, '"networkPolicy.untilSynced" is missing'],
  [{ untilSynced: "never" }, '"networkPolicy.untilSynced" is invalid: "never"'],
  [{ untilSynced: "deny", waitMs: 60_001 }, '"networkPolicy.waitMs" is invalid: 60001'],
  [{ untilSynced: "deny", wait: 1 }, '"networkPolicy.wait" is invalid'],
];

eachEngine("a networkPolicy that is wrong is refused, and named", async (target, node) => {
  const at = attachment(await node.pod());
  for (const [networkPolicy, words] of WRONG) {
    const { code, msg } = await fail(target, node, "ADD", closedNetwork(node, { networkPolicy }), at);
    assertEquals(code, 7, msg);
    assertStringIncludes(msg, words);
  }
});

eachEngine("networkPolicy reaches what makes the interface: Flannel's delegate, and the plugins of a chain", async (
  target,
  node,
) => {
  const networkPolicy = { untilSynced: "deny", waitMs: 0 };
  const subnetFile = `${node.directory}/subnet.env`;
  await Deno.writeTextFile(
    subnetFile,
    "FLANNEL_NETWORK=10.24.0.0/16\nFLANNEL_SUBNET=10.24.3.1/24\nFLANNEL_MTU=1400\nFLANNEL_IPMASQ=true\n",
  );
  const { cniVersion, name, ...plugin } = closedNetwork(node, { networkPolicy: undefined, bridge: "cni1" });
  const networks: Config[] = [
    { cniVersion: VERSION, name: "cbr0", type: "flannel", subnetFile, networkPolicy },
    { cniVersion: VERSION, name: "cbr0", type: "flannel", subnetFile, delegate: { networkPolicy } },
    { cniVersion, name, type: "cnidaria", networkPolicy, plugins: [plugin] },
    { cniVersion, name, type: "cnidaria", plugins: [{ ...plugin, networkPolicy }] },
    { cniVersion: VERSION, name: "red", type: "ptp", networkPolicy, ipam: hostLocal(node, ["10.25.0.0/24"]) },
  ];
  for (const network of networks) {
    const at = attachment(await node.pod());
    const { ips } = await succeed(target, node, "ADD", network, at);
    assertEquals((await isolated(node)).sort(), ips!.map(({ address }) => address.replace(/\/.*/, "")).sort());
    await succeed(target, node, "DEL", network, at);
    assertEquals(await isolated(node), []);
  }
});

eachEngine(
  "CHECK misses an isolation that someone flushed, and repair makes it again; not one that was taken over",
  async (
    target,
    node,
  ) => {
    const network = closedNetwork(node);
    const pods: { at: Attachment; prevResult: Result }[] = [];
    for (let number = 0; number < 2; number++) {
      const at = attachment(await node.pod());
      pods.push({ at, prevResult: await succeed(target, node, "ADD", network, at) });
      if (number === 0) await takeOver(node);
    }
    const [taken, closed] = pods;
    await node.namespace.must(["nft", "flush", "ruleset"]);
    await succeed(target, node, "CHECK", { ...network, prevResult: taken!.prevResult }, taken!.at);
    const { details } = await fail(target, node, "CHECK", { ...network, prevResult: closed!.prevResult }, closed!.at);
    assertStringIncludes(details!, "isolation of 10.22.0.3 is gone from the packet filter");
    await node.namespace.must([`${target.directory}/cnidaria`, "repair"], { env: target.environment(node) });
    assertEquals((await isolated(node)).sort(), ["10.22.0.3", "fd00:22::3"]);
    await succeed(target, node, "CHECK", { ...network, prevResult: closed!.prevResult }, closed!.at);
  },
);
