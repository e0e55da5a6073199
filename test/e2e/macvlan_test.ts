// macvlan, ipvlan and vlan: pods on an interface of the node.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import { labTest } from "../lab/isolation.ts";
import { kernelLacks } from "../lab/kernel_links.ts";
import { Node } from "../lab/node.ts";
import { dumpState } from "../lab/state.ts";
import { eachColdEngine, eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { assertMatchesKernel, link } from "./kernel.ts";
import { attachment, hostLocal, VERSION } from "./networks.ts";
import { ours } from "./targets.ts";
import { until } from "./until.ts";

const MAC = "02:00:00:00:00:07";

/** The node's interface, with a switch behind it. */
async function uplink(node: Node): Promise<void> {
  await node.namespace.ip("link add uplink type veth peer name switch");
  for (const name of ["uplink", "switch"]) await node.namespace.ip(`link set ${name} up`);
  // The kernel takes its time to say so.
  for (const name of ["uplink", "switch"]) {
    await until(`${name} runs`, async () => (await link(node.namespace, name))?.operstate === "UP");
  }
}

function network(node: Node, changes: Record<string, unknown> = {}): Config {
  const ipam = hostLocal(node, ["10.27.0.0/24"]);
  return { cniVersion: VERSION, name: "wire", type: "macvlan", master: "uplink", ipam, ...changes };
}

eachTarget("two pods of macvlan on one parent reach each other, and DEL leaves nothing", async (target, node) => {
  await uplink(node);
  const before = await dumpState(node.namespace, { exceptParameters: true });
  const [first, second] = [await node.pod(), await node.pod()];
  const ats = [attachment(first), attachment(second)] as const;
  const config = network(node);
  const prevResult = await succeed(target, node, "ADD", config, ats[0]);
  await succeed(target, node, "ADD", config, ats[1]);
  await assertMatchesKernel(prevResult, node, first, "eth0");
  assertEquals((await link(first, "eth0"))?.linkinfo?.info_kind, "macvlan");
  assert(await first.ping("10.27.0.3"), "the second pod does not answer");
  await succeed(target, node, "CHECK", { ...config, prevResult }, ats[0]);
  await fail(target, node, "CHECK", { ...config, mode: "private", prevResult }, ats[0]);
  for (const at of [...ats, ats[0]]) await succeed(target, node, "DEL", config, at);
  assertEquals(await dumpState(node.namespace, { exceptParameters: true }), before);
  assertEquals(await heldAddresses(target, node), []);
});

eachTarget(
  "macvlan without ipam has the MAC address asked for, and refuses a master that is missing",
  async (target, node) => {
    await uplink(node);
    await node.namespace.ip("address add 192.0.2.1/24 dev uplink");
    await node.namespace.ip("route add default via 192.0.2.2");
    const pod = await node.pod();
    const at = attachment(pod, { args: `IgnoreUnknown=1;MAC=${MAC}` });
    for (const changes of [{ master: "gone" }, { mtu: 1501 }]) {
      await fail(target, node, "ADD", network(node, changes), at);
    }
    assertEquals((await pod.ipJson<unknown[]>("link show")).length, 1);
    // The default route's link is the parent.
    const config = network(node, { ipam: {}, master: "", mtu: 1400, mode: "private" });
    const result = await succeed(target, node, "ADD", config, at);
    const inside = await link(pod, "eth0");
    assertEquals([inside?.address, inside?.mtu, inside?.flags.includes("UP")], [MAC, 1400, true]);
    assertEquals([result.interfaces?.[0]?.mac, result.ips ?? []], [MAC, []]);
    await succeed(target, node, "CHECK", { ...config, prevResult: result }, at);
    await succeed(target, node, "DEL", config, at);
    assertEquals(await link(pod, "eth0"), undefined);
  },
);

Deno.test({
  ...labTest("macvlan with IPv4 and IPv6 addresses, where the node has an interface of the pod's name"),
  async fn() {
    const target = await ours("wasmtime").ready();
    await using node = await Node.create();
    await uplink(node);
    await node.namespace.ip("link set switch down");
    await node.namespace.ip("link set switch name eth0");
    await node.namespace.ip("link set eth0 up");
    const pod = await node.pod();
    const config = network(node, { ipam: hostLocal(node, ["10.27.0.0/24", "fd00:27::/64"]) });
    const result = await succeed(target, node, "ADD", config, attachment(pod));
    await assertMatchesKernel(result, node, pod, "eth0");
    const tentative = (await link(pod, "eth0"))?.addr_info?.filter((it) => it.tentative && it.scope === "global");
    assertEquals(tentative, []);
  },
});

for (const own of [{ type: "ipvlan" }, { type: "vlan", vlanId: 5 }] as const) {
  const lacking = kernelLacks(own.type);

  eachTarget(`${own.type}: a pod gets its interface and address, and DEL leaves nothing`, async (target, node) => {
    await uplink(node);
    const before = await dumpState(node.namespace, { exceptParameters: true });
    const pod = await node.pod();
    const at = attachment(pod);
    const config = network(node, own);
    const prevResult = await succeed(target, node, "ADD", config, at);
    await assertMatchesKernel(prevResult, node, pod, "eth0");
    assertEquals((await link(pod, "eth0"))?.linkinfo?.info_kind, own.type);
    await succeed(target, node, "CHECK", { ...config, prevResult }, at);
    await succeed(target, node, "DEL", config, at);
    assertEquals(await dumpState(node.namespace, { exceptParameters: true }), before);
  }, lacking);

  eachColdEngine(`${own.type}: a kernel that lacks it is named, and what to do`, async (target, node) => {
    await uplink(node);
    const pod = await node.pod();
    const { code, msg } = await fail(target, node, "ADD", network(node, own), attachment(pod));
    assertEquals(code, 50);
    assertMatch(msg, new RegExp(`makes no links of kind ${own.type}.*modprobe`));
    assertEquals((await pod.ipJson<unknown[]>("link show")).length, 1);
    assertEquals(await heldAddresses(target, node), []);
  }, lacking === undefined ? `this kernel makes links of kind ${own.type}` : undefined);
}
