// DEL: whatever happened before, it succeeds, and the node is as it was before ADD.

import { assertEquals } from "@std/assert";
import { type Config, fail, succeed, type Target } from "../lab/cni_call.ts";
import type { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses, link } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

/** The bridge, with what is on it, stays for the next pod. */
const EXCEPT = { except: ["cni0"], exceptParameters: true };

const everything = (node: Node): Config =>
  bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]) });

async function assertNothingLeft(target: Target, node: Node, before: string[]): Promise<void> {
  assertEquals(await dumpState(node.namespace, EXCEPT), before);
  assertEquals(await heldAddresses(target, node), []);
}

/** A first pod comes and goes: what the first ADD of all makes for everyone is there from now on. */
async function settled(target: Target, node: Node, network: Config): Promise<string[]> {
  const first = attachment(await node.pod());
  await succeed(target, node, "ADD", network, first);
  await succeed(target, node, "DEL", network, first);
  return await dumpState(node.namespace, EXCEPT);
}

eachTarget("DEL leaves the pod empty and the node as it was", async (target, node) => {
  const network = everything(node);
  const before = await settled(target, node, network);
  const pod = await node.pod();
  const empty = await dumpState(pod, { exceptParameters: true });
  const at = attachment(pod);
  await succeed(target, node, "ADD", network, at);
  await succeed(target, node, "DEL", network, at);
  assertEquals(await dumpState(pod, { exceptParameters: true }), empty);
  await assertNothingLeft(target, node, before);
});

eachTarget("DEL of the first pod leaves neither rules nor leases", async (target, node) => {
  const at = attachment(await node.pod());
  await succeed(target, node, "ADD", everything(node), at);
  await succeed(target, node, "DEL", everything(node), at);
  const links = await node.namespace.ipJson<{ ifname: string }[]>("link show");
  assertEquals(links.map(({ ifname }) => ifname), ["lo", "cni0"]);
  assertEquals((await node.namespace.must(["nft", "list", "ruleset"])).match(/10\.22\.0\.2|fd00:22::2/), null);
  assertEquals(await heldAddresses(target, node), []);
});

eachTarget("DEL twice succeeds twice", async (target, node) => {
  const network = everything(node);
  const at = attachment(await node.pod());
  await succeed(target, node, "ADD", network, at);
  await succeed(target, node, "DEL", network, at);
  await succeed(target, node, "DEL", network, at);
});

eachTarget("DEL without an ADD before succeeds", async (target, node) => {
  await succeed(target, node, "DEL", everything(node), attachment(await node.pod()));
});

eachTarget("DEL after the namespace has gone leaves nothing", async (target, node) => {
  const network = everything(node);
  const before = await settled(target, node, network);
  const pod = await node.pod();
  const at = attachment(pod);
  const prevResult = await succeed(target, node, "ADD", network, at);
  await pod.delete();
  await succeed(target, node, "DEL", { ...network, prevResult }, { ...at, netns: pod.path });
  await assertNothingLeft(target, node, before);
});

eachTarget("DEL with an empty CNI_NETNS releases the address", async (target, node) => {
  const network = bridgeNetwork(node);
  const at = attachment(await node.pod());
  const prevResult = await succeed(target, node, "ADD", network, at);
  await succeed(target, node, "DEL", { ...network, prevResult }, { ...at, netns: "" });
  assertEquals(await heldAddresses(target, node), []);
});

eachTarget("DEL leaves the other pods alone", async (target, node) => {
  const network = everything(node);
  const [first, second] = [await node.pod(), await node.pod()];
  const at = attachment(first);
  await succeed(target, node, "ADD", network, at);
  await succeed(target, node, "ADD", network, attachment(second));
  await succeed(target, node, "DEL", network, at);
  assertEquals(await second.ping("10.22.0.1"), true);
  assertEquals(await heldAddresses(target, node), ["10.22.0.3", "fd00:22::3"]);
});

eachTarget("an ADD that fails on an interface that exists leaves nothing", async (target, node) => {
  const network = everything(node);
  const before = await settled(target, node, network);
  const pod = await node.pod();
  await pod.ip("link add eth0 type bridge");
  const had = await dumpState(pod, { exceptParameters: true });
  await fail(target, node, "ADD", network, attachment(pod));
  assertEquals(await dumpState(pod, { exceptParameters: true }), had);
  await assertNothingLeft(target, node, before);
});

eachTarget("an ADD that finds the pool empty fails and leaves nothing", async (target, node) => {
  const network = bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, ["10.22.0.0/30"]) });
  const holder = await node.pod();
  await succeed(target, node, "ADD", network, attachment(holder));
  const before = await dumpState(node.namespace);
  const pod = await node.pod();
  await fail(target, node, "ADD", network, attachment(pod));
  assertEquals(await addresses(pod, "eth0"), []);
  assertEquals(await link(pod, "eth0"), undefined);
  assertEquals(await dumpState(node.namespace), before);
  assertEquals(await heldAddresses(target, node), ["10.22.0.2"]);
});

eachTarget("a dual stack of which one half is exhausted gives back the other half", async (target, node) => {
  const network = bridgeNetwork(node, { ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/126"]) });
  for (let i = 0; i < 2; i++) await succeed(target, node, "ADD", network, attachment(await node.pod()));
  const held = await heldAddresses(target, node);
  await fail(target, node, "ADD", network, attachment(await node.pod()));
  assertEquals(await heldAddresses(target, node), held);
});
