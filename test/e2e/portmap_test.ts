// portmap after bridge, with real traffic: from outside, from the pod, and from the node itself.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { type Attachment, type Config, fail, type Target } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import { type Node, UPLINK } from "../lab/node.ts";
import { sourceSeen } from "../lab/source_seen.ts";
import { agentTest } from "./agents.ts";
import { addChain, checkChain, delChain, type Link } from "./chain.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";
import { until } from "./until.ts";

const OUTSIDE = "198.51.100.9";
const ipam = (node: Node) => hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]);

interface Mapping {
  readonly hostPort: number;
  readonly protocol?: string;
  readonly hostIP?: string;
}

/** Ports that lead to the one that `sourceSeen` listens on. */
function portmap(...mappings: readonly Mapping[]): Config {
  const portMappings = mappings.map((mapping) => ({ containerPort: 4242, protocol: "tcp", ...mapping }));
  return {
    cniVersion: VERSION,
    name: "blue",
    type: "portmap",
    capabilities: { portMappings: true },
    runtimeConfig: { portMappings },
  };
}

function chainOf(target: Target, node: Node, ...mappings: readonly Mapping[]): Link[] {
  const bridge = bridgeNetwork(node, { ipam: ipam(node) });
  return [bridge, portmap(...mappings)].map((config) => ({ target, config }));
}

async function podWith(target: Target, node: Node, ...mappings: readonly Mapping[]) {
  const pod = await node.pod();
  const at = attachment(pod);
  const chain = chainOf(target, node, ...mappings);
  return { pod, at, chain, result: await addChain(chain, node, at) };
}

const rules = (node: Node) => node.namespace.must(["nft", "list", "ruleset"]);

eachTarget("a mapped port leads to the pod, from outside and from the node, until DEL", async (target, node) => {
  const outside = await node.outside();
  const { pod, at, chain, result } = await podWith(target, node, { hostPort: 8080 }, {
    hostPort: 8081,
    hostIP: UPLINK.ipv4,
  });
  const seen = (speaker: Namespace, address: string, port = 8080) => sourceSeen(speaker, pod, address, port);
  // The kernel takes its time until a new bridge has a link-local address.
  await until("the pod answers by IPv6", () => node.namespace.ping("fd00:22::2"));
  await until("the node answers by IPv6", () => outside.ping(UPLINK.ipv6));
  assertEquals(await seen(outside, UPLINK.ipv4), OUTSIDE);
  assertEquals(await seen(outside, UPLINK.ipv6), "2001:db8:eeee::9");
  assertEquals(await seen(outside, UPLINK.ipv4, 8081), OUTSIDE);
  assertEquals(await seen(node.namespace, "127.0.0.1"), "10.22.0.1");
  // That of 1.1.1 looks for the rules of the other family as well.
  if (target.ours) await checkChain(chain, node, at, result);
  await delChain(chain, node, at, result);
  assertEquals((await rules(node)).includes("10.22.0.2"), false);
});

eachTarget("a pod reaches its own port by the node, with bridge's default configuration", async (target, node) => {
  const { pod } = await podWith(target, node, { hostPort: 8080 });
  await until("the pod answers by IPv6", () => node.namespace.ping("fd00:22::2"));
  assertEquals(await sourceSeen(pod, pod, "10.22.0.1", 8080), "10.22.0.1");
  assertEquals(await sourceSeen(pod, pod, "fd00:22::1", 8080), "fd00:22::1");
});

agentTest("a port that another pod has is refused; after a DEL without namespace it is free", async (target, node) => {
  await using _agent = await Agent.start(target, node, []);
  const first = await podWith(target, node, { hostPort: 8080 });
  const pod = await node.pod();
  const at = attachment(pod);
  const [bridge, ports] = chainOf(target, node, { hostPort: 8080 });
  const prevResult = await addChain([bridge!], node, at);
  const before = await rules(node);
  const error = await fail(target, node, "ADD", { ...ports!.config, prevResult }, at);
  assertEquals(error.code, 102);
  assertStringIncludes(error.msg, `attachment blue/${first.at.containerId}/eth0 has it`);
  assertEquals(await rules(node), before);
  await first.pod.delete();
  const gone: Attachment = { ...first.at, netns: first.pod.path };
  await delChain(first.chain, node, gone, first.result);
  assertEquals((await rules(node)).includes("cnidaria-ports"), false);
  await addChain([{ target, config: { ...ports!.config, prevResult } }], node, at);
});

agentTest("what flushing the ruleset took from a port is there again", async (target, node) => {
  const agent = await Agent.start(target, node, ["--repair-interval", "0.3", "--gc-interval", "0"]);
  const { pod } = await podWith(target, node, { hostPort: 8080 });
  await node.namespace.must(["nft", "flush", "ruleset"]);
  await until("the port is mapped again", async () => (await rules(node)).includes("tcp . 8080 : 10.22.0.2 . 4242"));
  assertEquals(await sourceSeen(node.namespace, pod, "127.0.0.1", 8080), "10.22.0.1");
  assert((await agent.end()).log.includes("tcp port 8080 (IPv4)"), "the log does not say so");
});
