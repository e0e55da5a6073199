// ptp, loopback, static, and host-local called by itself.

import { assert, assertEquals } from "@std/assert";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import { OUTSIDE, UPLINK } from "../lab/node.ts";
import { sourceSeen } from "../lab/source_seen.ts";
import { dumpState } from "../lab/state.ts";
import { eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses, defaultGateway, link } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";

eachTarget("ptp connects a pod to the node by a route of its own", async (target, node) => {
  const pod = await node.pod();
  const before = await dumpState(node.namespace, { exceptParameters: true });
  const network: Config = { cniVersion: VERSION, name: "ptp", type: "ptp", ipam: hostLocal(node, ["10.25.0.0/24"]) };
  const at = attachment(pod);
  const prevResult = await succeed(target, node, "ADD", network, at);
  assertEquals(await addresses(pod, "eth0"), ["10.25.0.2/24"]);
  assertEquals(await defaultGateway(pod, 4), "10.25.0.1");
  assert(await pod.ping("10.25.0.1"), "the gateway does not answer");
  assert(await node.namespace.ping("10.25.0.2"), "the pod does not answer the node");
  await succeed(target, node, "CHECK", { ...network, prevResult }, at);
  await succeed(target, node, "DEL", network, at);
  assertEquals(await dumpState(node.namespace, { exceptParameters: true }), before);
  assertEquals(await heldAddresses(target, node), []);
});

eachTarget(
  "two pods of ptp reach each other through the node, and ipMasq reaches the outside",
  async (target, node) => {
    const outside = await node.outside();
    const [first, second] = [await node.pod(), await node.pod()];
    const ipam = hostLocal(node, ["10.25.0.0/24"]);
    const network: Config = { cniVersion: VERSION, name: "ptp", type: "ptp", ipMasq: true, ipam };
    await succeed(target, node, "ADD", network, attachment(first));
    await succeed(target, node, "ADD", network, attachment(second));
    assert(await first.ping("10.25.0.3"), "the second pod does not answer");
    assertEquals(await sourceSeen(first, outside, OUTSIDE.ipv4), UPLINK.ipv4);
  },
);

eachTarget("loopback brings lo up, passes CHECK, and takes it down", async (target, node) => {
  const pod = await node.pod();
  const network: Config = { cniVersion: VERSION, name: "lo", type: "loopback" };
  const at = attachment(pod, { ifname: "lo" });
  const result = await succeed(target, node, "ADD", network, at);
  assertEquals(result.ips?.map((ip) => ip.address), ["127.0.0.1/8", "::1/128"]);
  assert(await pod.ping("127.0.0.1"), "the loopback address does not answer");
  await succeed(target, node, "CHECK", { ...network, prevResult: result }, at);
  await pod.ip("link set lo down");
  await fail(target, node, "CHECK", { ...network, prevResult: result }, at);
  await pod.ip("link set lo up");
  await succeed(target, node, "DEL", network, at);
  assertEquals((await link(pod, "lo"))?.flags.includes("UP"), false);
});

eachTarget("static gives the addresses and routes that its configuration names", async (target, node) => {
  const pod = await node.pod();
  const ipam = {
    type: "static",
    addresses: [{ address: "10.26.0.7/24", gateway: "10.26.0.1" }, { address: "fd00:26::7/64", gateway: "fd00:26::1" }],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "10.99.0.0/16", gw: "10.26.0.9" }, { dst: "::/0" }],
    dns: { nameservers: ["192.0.2.53"] },
  };
  const at = attachment(pod);
  const network = bridgeNetwork(node, { ipam });
  const prevResult = await succeed(target, node, "ADD", network, at);
  assertEquals(await addresses(pod, "eth0"), ["10.26.0.7/24", "fd00:26::7/64"]);
  assertEquals(await defaultGateway(pod, 4), "10.26.0.1");
  assert((await pod.ip("route show")).includes("10.99.0.0/16 via 10.26.0.9"), "the second route is missing");
  await succeed(target, node, "CHECK", { ...network, prevResult }, at);
  await succeed(target, node, "DEL", network, at);
});

eachTarget("static takes its addresses from runtimeConfig.ips", async (target, node) => {
  const pod = await node.pod();
  const runtimeConfig = { ips: ["10.26.0.8/24"] };
  const network = bridgeNetwork(node, { ipam: { type: "static" }, capabilities: { ips: true }, runtimeConfig });
  await succeed(target, node, "ADD", network, attachment(pod));
  assertEquals(await addresses(pod, "eth0"), ["10.26.0.8/24"]);
});

eachTarget("host-local called by itself leases, and releases", async (target, node) => {
  const at = attachment(await node.pod());
  const network = { ...bridgeNetwork(node), type: "host-local" };
  const result = await succeed(target, node, "ADD", network, at);
  assertEquals(result.ips?.map(({ address, gateway }) => [address, gateway]), [["10.22.0.2/24", "10.22.0.1"]]);
  assertEquals(await heldAddresses(target, node), ["10.22.0.2"]);
  await succeed(target, node, "DEL", network, at);
  assertEquals(await heldAddresses(target, node), []);
});

eachTarget("an address just released is not the next one given", async (target, node) => {
  const network = { ...bridgeNetwork(node), type: "host-local" };
  const pod = await node.pod();
  const at = attachment(pod);
  const first = await succeed(target, node, "ADD", network, at);
  await succeed(target, node, "DEL", network, at);
  const second = await succeed(target, node, "ADD", network, attachment(pod));
  assertEquals([first.ips?.[0]?.address, second.ips?.[0]?.address], ["10.22.0.2/24", "10.22.0.3/24"]);
});
