// What bridge lets through a pod's port: macspoofchk and vlan.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { call, fail, type Result, succeed } from "../lab/cni_call.ts";
import { run } from "../lab/command.ts";
import type { Namespace } from "../lab/namespace.ts";
import { dumpState } from "../lab/state.ts";
import { agentTest } from "./agents.ts";
import { Agent } from "../lab/agent.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork } from "./networks.ts";

const SPOOFED = "02:66:66:66:66:66";

async function once(from: Namespace, to: string): Promise<boolean> {
  return (await from.run(["ping", "-n", "-q", "-c", "1", "-W", "1", to])).code === 0;
}

eachTarget("macspoofchk drops what a pod sends from another MAC, and ends with the pod", async (target, node) => {
  const pod = await node.pod();
  const network = bridgeNetwork(node, { macspoofchk: true });
  const at = attachment(pod);
  const prevResult = await succeed(target, node, "ADD", network, at);
  const own = prevResult.interfaces!.find(({ name }) => name === "eth0")!.mac!;
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
  await pod.ip(`link set eth0 address ${SPOOFED}`);
  assertEquals(await once(pod, "10.22.0.1"), false, "a frame from another MAC passed");
  await pod.ip(`link set eth0 address ${own}`);
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer the pod's own MAC any more");
  await succeed(target, node, "CHECK", { ...network, prevResult }, at);
  await succeed(target, node, "DEL", { ...network, prevResult }, at);
  // Debian's leaves its chains, which are empty.
  const rules = await node.namespace.must(["nft", "list", "ruleset"]);
  assertEquals([rules.includes("veth"), target.ours && rules !== ""], [false, false], rules);
});

const noFiltering = await withoutVlanFiltering();

eachTarget("vlan: pods of one VLAN reach each other, and none of another", async (target, node) => {
  const pods: { namespace: Namespace; result: Result }[] = [];
  for (const vlan of [7, 7, 8]) {
    const namespace = await node.pod();
    const network = bridgeNetwork(node, { isGateway: false, vlan });
    pods.push({ namespace, result: await succeed(target, node, "ADD", network, attachment(namespace)) });
  }
  const addressOf = (index: number) => pods[index]!.result.ips![0]!.address.replace(/\/.*/, "");
  assert(await pods[0]!.namespace.ping(addressOf(1)), "a pod of the same VLAN does not answer");
  assertEquals(await once(pods[0]!.namespace, addressOf(2)), false, "a pod of another VLAN answers");
}, noFiltering);

agentTest(
  "vlan and vlanTrunk, where the kernel has no VLAN filtering, are refused in so many words, and nothing is left",
  async (target, node) => {
    await using _agent = await Agent.start(target, node, ["--repair-interval", "0", "--gc-interval", "0"]);
    const before = await dumpState(node.namespace, { exceptParameters: true });
    for (const changes of [{ vlan: 7 }, { vlanTrunk: [{ minID: 10, maxID: 12 }] }]) {
      const at = attachment(await node.pod());
      const network = bridgeNetwork(node, changes);
      const { msg } = await fail(target, node, "ADD", network, at);
      assertMatch(msg, /kernel is built without CONFIG_BRIDGE_VLAN_FILTERING: remove vlan, vlanTrunk/);
      assertEquals(await dumpState(node.namespace, { exceptParameters: true }), before);
      assertEquals((await call(target, node, "DEL", network, at)).code, 0);
    }
  },
  noFiltering === undefined ? "this kernel has VLAN filtering" : undefined,
);

/** Why no bridge of this kernel filters VLANs; undefined if one does, or it cannot be tried. */
async function withoutVlanFiltering(): Promise<string | undefined> {
  const { stderr } = await run([
    "unshare",
    "--net",
    "ip",
    "link",
    "add",
    "name",
    "br0",
    "type",
    "bridge",
    "vlan_filtering",
    "1",
  ]);
  return /not supported/i.test(stderr) ? "needs bridge VLAN filtering, which this kernel lacks" : undefined;
}
