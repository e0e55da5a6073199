// ipMasq with real traffic: a host outside, which knows no way to pods, tells who spoke to it.

import { assertEquals } from "@std/assert";
import { succeed } from "../lab/cni_call.ts";
import { OUTSIDE, UPLINK } from "../lab/node.ts";
import { sourceSeen } from "../lab/source_seen.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

eachTarget("ipMasq lets a pod reach the outside with the node's address", async (target, node) => {
  const outside = await node.outside();
  const pod = await node.pod();
  await succeed(target, node, "ADD", bridgeNetwork(node, { ipMasq: true }), attachment(pod));
  assertEquals(await sourceSeen(pod, outside, OUTSIDE.ipv4), UPLINK.ipv4);
});

eachTarget("ipMasq works for IPv6 as well", async (target, node) => {
  const outside = await node.outside();
  const pod = await node.pod();
  const ipam = hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]);
  await succeed(target, node, "ADD", bridgeNetwork(node, { ipMasq: true, ipam }), attachment(pod));
  assertEquals(await sourceSeen(pod, outside, OUTSIDE.ipv6), UPLINK.ipv6);
});

eachTarget("without ipMasq the outside is not reached", async (target, node) => {
  const outside = await node.outside();
  const pod = await node.pod();
  await succeed(target, node, "ADD", bridgeNetwork(node), attachment(pod));
  assertEquals(await sourceSeen(pod, outside, OUTSIDE.ipv4), undefined);
});

eachTarget("ipMasq leaves traffic between pods of the network alone", async (target, node) => {
  const [first, second] = [await node.pod(), await node.pod()];
  const network = bridgeNetwork(node, { ipMasq: true });
  await succeed(target, node, "ADD", network, attachment(first));
  await succeed(target, node, "ADD", network, attachment(second));
  assertEquals(await sourceSeen(first, second, "10.22.0.3"), "10.22.0.2");
});

eachTarget("DEL takes the masquerade of its own pod only", async (target, node) => {
  const outside = await node.outside();
  const network = bridgeNetwork(node, { ipMasq: true });
  const [first, second] = [attachment(await node.pod()), attachment(await node.pod())];
  await succeed(target, node, "ADD", network, first);
  await succeed(target, node, "ADD", network, second);
  await succeed(target, node, "DEL", network, first);
  if (typeof second.netns === "string") throw new Error("no namespace");
  assertEquals(await sourceSeen(second.netns, outside, OUTSIDE.ipv4), UPLINK.ipv4);
  assertEquals((await node.namespace.must(["nft", "list", "ruleset"])).includes("10.22.0.2"), false);
});
