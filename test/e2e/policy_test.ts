// Network policies by the agent: real pods, judged by what the agent has put in force.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { agentTest, comesTo, linesOf, sample } from "./agents.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";
import { Objects } from "./policy_objects.ts";
import { until } from "./until.ts";

const ALL_CLOSED = { podSelector: {}, policyTypes: ["Ingress"] };
const FROM_CLIENTS = {
  podSelector: { matchLabels: { app: "web" } },
  ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }],
};

function network(node: Node, waitMs: number): Config {
  return bridgeNetwork(node, {
    ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]),
    networkPolicy: { untilSynced: "deny", waitMs },
  });
}

async function add(target: Target, node: Node, pod: Namespace, name: string, waitMs = 5_000): Promise<string[]> {
  const args = `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=${name}`;
  const result = await succeed(target, node, "ADD", network(node, waitMs), { ...attachment(pod), args });
  return (result.ips ?? []).map(({ address }) => address.split("/")[0]!);
}

async function passes(from: Namespace, to: string): Promise<boolean> {
  return (await from.run(["ping", "-n", "-q", "-c", "1", "-W", "1", to])).code === 0;
}

agentTest("policies are in force when an ADD answers, and follow their objects", async (target, node) => {
  const objects = new Objects(node);
  objects.pod("web", { app: "web" });
  objects.pod("client", { app: "client" });
  objects.pod("other", { app: "other" });
  objects.policy("closed", ALL_CLOSED);
  objects.policy("web", FROM_CLIENTS);
  await using agent = await Agent.start(target, node, objects.agent());
  const [web, client, other] = [await node.pod(), await node.pod(), await node.pod()];
  const addresses = await add(target, node, web, "web");
  await add(target, node, client, "client");
  await add(target, node, other, "other");
  for (const address of addresses) {
    assert(await passes(client, address), `${address} does not answer the client`);
    assert(!await passes(other, address), `${address} answers the other`);
    assert(await node.namespace.ping(address), `${address} does not answer its node`);
  }
  objects.pod("other", { app: "client" });
  await until("a changed label counts", () => passes(other, addresses[0]!));
  objects.pod("client", { app: "other" });
  await until("one that changes back", async () => !await passes(client, addresses[0]!));
  objects.remove("policy-web");
  objects.remove("policy-closed");
  await until("policies that go", () => passes(client, addresses[1]!));
  const { text } = await agent.get("/policy");
  const status = JSON.parse(text);
  assertEquals([status.inForce, status.localPods, status.waiting, status.objects.NetworkPolicy], [true, 3, [], 0]);
});

agentTest(
  "a pod that the source does not know yet stays isolated, and is let go when it does",
  async (target, node) => {
    const objects = new Objects(node);
    objects.pod("web", { app: "web" });
    await using agent = await Agent.start(target, node, objects.agent());
    const [web, late] = [await node.pod(), await node.pod()];
    const [address] = await add(target, node, web, "web");
    await add(target, node, late, "late", 100);
    assert(!await passes(late, address!));
    await comesTo(agent, "cnidaria_policy_isolated_addresses", {}, 2);
    objects.pod("late", {});
    await until("the late pod is known", () => passes(late, address!));
    await comesTo(agent, "cnidaria_policy_isolated_addresses", {}, 0);
  },
);

agentTest("rules outlive the agent, and what someone takes from them is made again", async (target, node) => {
  const objects = new Objects(node);
  objects.pod("web", { app: "web" });
  objects.pod("other", { app: "other" });
  objects.policy("web", FROM_CLIENTS);
  const [web, other] = [await node.pod(), await node.pod()];
  let address: string;
  {
    await using agent = await Agent.start(target, node, objects.agent());
    address = (await add(target, node, web, "web"))[0]!;
    await add(target, node, other, "other");
    assert(!await passes(other, address));
    await node.namespace.must(["nft", "flush", "ruleset"]);
    await until("the table is made again", async () => !await passes(other, address));
    await comesTo(agent, "cnidaria_policy_repairs", {}, 1);
  }
  assert(!await passes(other, address));
  // One that cannot read its source changes nothing.
  Deno.renameSync(objects.folder, `${objects.folder}.gone`);
  await using agent = await Agent.start(target, node, objects.agent(), { unready: true });
  const { status, text } = await agent.get("/readyz");
  assertEquals(status, 503);
  assertStringIncludes(text, "network policies are not in force yet: ");
  assert(!await passes(other, address));
  Deno.renameSync(`${objects.folder}.gone`, objects.folder);
  await until("the agent is ready", async () => (await agent.get("/readyz")).status === 200);
  assert(!await passes(other, address));
});

agentTest("a policy that cannot be used is told of, and the one before it stays", async (target, node) => {
  const objects = new Objects(node);
  objects.pod("web", { app: "web" });
  objects.pod("client", { app: "client" });
  objects.pod("other", { app: "other" });
  objects.policy("web", FROM_CLIENTS);
  const agent = await Agent.start(target, node, objects.agent());
  try {
    const [web, client, other] = [await node.pod(), await node.pod(), await node.pod()];
    const [address] = await add(target, node, web, "web");
    await add(target, node, client, "client");
    await add(target, node, other, "other");
    objects.policy("web", { ...FROM_CLIENTS, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/33" } }] }] });
    await comesTo(agent, "cnidaria_policy_rejected", {}, 1);
    assert(await passes(client, address!));
    assert(!await passes(other, address!));
    const { rejected } = JSON.parse((await agent.get("/policy")).text);
    assertEquals(rejected[0].errors[0].path, "spec.ingress[0].from[0].ipBlock.cidr");
  } finally {
    const { log } = await agent.end();
    const line = linesOf(log).find(({ message }) => String(message).startsWith("Cannot use NetworkPolicy shop/web as"));
    assertStringIncludes(String(line?.message), "spec.ingress[0].from[0].ipBlock.cidr");
  }
});

agentTest("drops are counted by policy, and logged with the names of pods", async (target, node) => {
  const objects = new Objects(node);
  objects.pod("web", { app: "web" });
  objects.pod("other", { app: "other" });
  objects.policy("web", FROM_CLIENTS);
  await using agent = await Agent.start(target, node, objects.agent({ log: { group: 77, perSecond: 100 } }));
  const [web, other] = [await node.pod(), await node.pod()];
  const [address] = await add(target, node, web, "web");
  await add(target, node, other, "other");
  assert(!await passes(other, address!));
  const labels = { direction: "ingress", verdict: "isolated", policy: "NetworkPolicy shop/web" };
  assertEquals(await sample(agent, "cnidaria_policy_packets", labels), 1);
  await comesTo(agent, "cnidaria_policy_drops_logged", {}, 1);
  const { drops } = JSON.parse((await agent.get("/policy/drops")).text);
  const [{ sourcePod, destinationPod, protocol, rule, number }] = drops;
  assertEquals([sourcePod, destinationPod, protocol], ["shop/other", "shop/web", "icmp"]);
  assertEquals([rule, number], ["isolated by NetworkPolicy shop/web", 1]);
  assertEquals(JSON.parse((await agent.get("/policy/drops?after=1")).text), { drops: [] });
});

agentTest("an agent without policies says so, and a configuration that is wrong is told", async (target, node) => {
  await using agent = await Agent.start(target, node);
  for (const path of ["/policy", "/policy/ruleset", "/policy/drops"]) {
    assertEquals(await agent.get(path), { status: 404, text: "this agent enforces no network policies\n" });
  }
  const pod = await node.pod();
  // Nobody lets it go: it answers after its time, and stays closed.
  await add(target, node, pod, "web", 50);
  await fail(target, node, "ADD", { ...network(node, 0), networkPolicy: { untilSynced: "maybe" } }, attachment(pod));
});
