// What only cnidaria has: `type: cnidaria` with `plugin` or `plugins`, and Flannel's configuration in both forms.

import { assert, assertEquals } from "@std/assert";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import { dumpState } from "../lab/state.ts";
import { eachEngine } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses, assertMatchesKernel, link } from "./kernel.ts";
import { attachment, bridgeNetwork, VERSION } from "./networks.ts";

eachEngine("type cnidaria with `plugin` runs that plugin", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const network: Config = { ...bridgeNetwork(node), type: "cnidaria", plugin: "bridge" };
  const prevResult = await succeed(target, node, "ADD", network, at);
  await assertMatchesKernel(prevResult, node, pod, "eth0");
  await succeed(target, node, "CHECK", { ...network, prevResult }, at);
  await succeed(target, node, "DEL", network, at);
  assertEquals(await link(pod, "eth0"), undefined);
  assertEquals(await heldAddresses(target, node), []);
});

eachEngine("the name cnidaria-bridge runs bridge", async (target, node) => {
  const pod = await node.pod();
  await succeed(target, node, "ADD", bridgeNetwork(node, { type: "cnidaria-bridge" }), attachment(pod));
  assertEquals(await addresses(pod, "eth0"), ["10.22.0.2/24"]);
});

eachEngine("type cnidaria with `plugins` runs a chain in one process", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const { type: _, name: __, cniVersion: ___, ...bridge } = bridgeNetwork(node);
  const plugins = [{ type: "bridge", ...bridge }, { type: "loopback" }];
  const network: Config = { cniVersion: VERSION, name: "blue", type: "cnidaria", plugins };
  const prevResult = await succeed(target, node, "ADD", network, at);
  assert(prevResult.ips?.some((ip) => ip.address === "10.22.0.2/24"), JSON.stringify(prevResult));
  assertEquals((await link(pod, "lo"))?.flags.includes("UP"), true);
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
  await succeed(target, node, "CHECK", { ...network, prevResult }, at);
  await succeed(target, node, "DEL", { ...network, prevResult }, at);
  assertEquals(await link(pod, "eth0"), undefined);
  assertEquals(await heldAddresses(target, node), []);
});

eachEngine("type cnidaria with a plugin that there is not names it", async (target, node) => {
  const network: Config = { ...bridgeNetwork(node), type: "cnidaria", plugin: "no-such-plugin" };
  const error = await fail(target, node, "ADD", network, attachment(await node.pod()));
  assert(error.msg.includes("no-such-plugin"), error.msg);
});

const FLANNEL_FULL = {
  cniVersion: "0.3.1",
  name: "cbr0",
  type: "flannel",
  delegate: {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipMasq: true,
    ipam: { type: "host-local", subnet: "10.244.1.0/24" },
  },
};

eachEngine("flannel with a delegate that names everything gives the pod a network", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const empty = await dumpState(pod, { exceptParameters: true });
  const result = await succeed(target, node, "ADD", FLANNEL_FULL, at);
  assertEquals(result.cniVersion, "0.3.1");
  assertEquals(result.ips?.[0]?.address, "10.244.1.2/24");
  assert(await pod.ping("10.244.1.1"), "the gateway does not answer");
  await succeed(target, node, "DEL", FLANNEL_FULL, at);
  assertEquals(await dumpState(pod, { exceptParameters: true }), empty);
  assertEquals(await heldAddresses(target, node), []);
});

eachEngine("flannel takes subnet, MTU and masquerade from its subnet file", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const subnetFile = `${node.directory}/subnet.env`;
  const lines = ["NETWORK=10.244.0.0/16", "SUBNET=10.244.3.1/24", "MTU=1450", "IPMASQ=true"];
  await Deno.writeTextFile(subnetFile, `FLANNEL_${lines.join("\nFLANNEL_")}\n`);
  const delegate = { hairpinMode: true, isDefaultGateway: true };
  const network = { cniVersion: VERSION, name: "cbr0", type: "flannel", subnetFile, delegate };
  const result = await succeed(target, node, "ADD", network, at);
  assertEquals(result.ips?.map(({ address, gateway }) => [address, gateway]), [["10.244.3.2/24", "10.244.3.1"]]);
  assertEquals((await link(pod, "eth0"))?.mtu, 1450);
  assert((await pod.ip("route show")).includes("10.244.0.0/16"), "no route to the whole network");
  assert(await pod.ping("10.244.3.1"), "the gateway does not answer");
  await Deno.remove(subnetFile);
  await succeed(target, node, "DEL", network, at);
  assertEquals(await link(pod, "eth0"), undefined);
  assertEquals(await heldAddresses(target, node), []);
});

eachEngine(
  "flannel: an ADD waits for the node's subnet, and says what to look at if there is none",
  async (target, node) => {
    const subnetFile = `${node.directory}/flannel/subnet.env`;
    const network = { cniVersion: VERSION, name: "cbr0", type: "flannel", subnetFile, subnetWaitMs: 10_000 };
    const at = attachment(await node.pod());
    const failure = await fail(target, node, "ADD", { ...network, subnetWaitMs: 50 }, at);
    assertEquals(failure.code, 11);
    assert(failure.msg.includes("the log of flanneld or of cnidaria's agent"), failure.msg);
    const adding = succeed(target, node, "ADD", network, at);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await Deno.mkdir(`${node.directory}/flannel`);
    const lines = ["NETWORK=10.244.0.0/16", "SUBNET=10.244.3.1/24", "MTU=1450", "IPMASQ=true"];
    await Deno.writeTextFile(`${subnetFile}.new`, `FLANNEL_${lines.join("\nFLANNEL_")}\n`);
    await Deno.rename(`${subnetFile}.new`, subnetFile);
    assertEquals((await adding).ips?.[0]?.address, "10.244.3.2/24");
    await succeed(target, node, "DEL", network, at);
  },
);

eachEngine("a controller is no plugin: the error says who runs it, and nothing is made", async (target, node) => {
  const at = attachment(await node.pod());
  const network = { cniVersion: VERSION, name: "overlay", type: "cnidaria", plugin: "vxlan" };
  const failure = await fail(target, node, "ADD", network, at);
  assertEquals(failure.code, 7);
  assert(
    failure.msg.includes("Cannot run vxlan as a CNI plugin as it is a controller, which the agent runs"),
    failure.msg,
  );
  await succeed(target, node, "DEL", network, at);
});

eachEngine("the engine that was asked for serves the call, and the trace tells so", async (target, node) => {
  const file = `${node.directory}/trace.json`;
  const traced = { ...target, environment: () => ({ ...target.environment(node), CNIDARIA_TRACE: file }) };
  await succeed(traced, node, "ADD", bridgeNetwork(node), attachment(await node.pod()));
  const trace = JSON.parse(await Deno.readTextFile(file)) as { engine: string; hostCalls: { function: string }[] };
  assertEquals(trace.engine, target.environment(node).CNIDARIA_ENGINE);
  assert(trace.hostCalls.length > 5, JSON.stringify(trace));
});
