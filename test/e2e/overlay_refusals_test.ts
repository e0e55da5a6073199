// What an agent makes of a network that it cannot serve, and of other nodes' entries that are of no use.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Agent } from "../lab/agent.ts";
import type { ClusterNode } from "../lab/cluster_node.ts";
import { haveInKernel, pretendNode } from "../lab/overlay_state.ts";
import { allReachEachOther, DUAL, IPV4, overlayTest } from "./overlays.ts";

const CONFIG = "/coreos.com/network/config";
const SUBNETS = "/coreos.com/network/subnets/";

interface Status {
  readonly waitsFor?: string;
  readonly peers: readonly { readonly subnet: string; readonly state: string; readonly why?: string }[];
}

async function statusOf(agent: Agent): Promise<Status> {
  const { status, text } = await agent.get("/cluster");
  return status === 200 ? JSON.parse(text) : { peers: [] };
}

/** @throws {Error} with the last status, if it does not come true within ten seconds */
async function until(agent: Agent, what: (status: Status) => boolean): Promise<Status> {
  let last: Status = { peers: [] };
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    last = await statusOf(agent);
    if (what(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come true: ${JSON.stringify(last)}`);
}

async function links({ namespace }: ClusterNode): Promise<string[]> {
  return (await namespace.ipJson<{ ifname: string }[]>("link show")).map(({ ifname }) => ifname).sort();
}

for (
  const [what, network, parts] of [
    ["a backend that is unknown", { ...IPV4, Backend: { Type: "ipip" } }, ["Backend.Type", "ipip", "vxlan"]],
    ["a VNI out of range", { ...IPV4, Backend: { Type: "vxlan", VNI: 1 << 24 } }, ["VNI"]],
    ["a network that is none", { Network: "10.244.0.0/33", Backend: { Type: "vxlan" } }, ["Network"]],
    ["subnets longer than the network", { Network: "10.244.0.0/24", SubnetLen: 20, Backend: { Type: "vxlan" } }, [
      "SubnetLen",
    ]],
    ["an MTU below what IPv6 needs", { ...DUAL, Backend: { Type: "vxlan", MTU: 1300 } }, ["MTU", "1280"]],
  ] as const
) {
  overlayTest(`${what} is told by its key, nothing is changed, and it joins once that is mended`, network, {
    nodes: 1,
  }, async (overlay) => {
    const node = overlay.cluster.node(1);
    const before = await links(node);
    const agent = await overlay.unreadyAgent(node);
    const { waitsFor } = await until(agent, ({ waitsFor }) => waitsFor?.startsWith("Cannot") === true);
    for (const part of parts) assertStringIncludes(waitsFor!, part);
    assertEquals(await links(node), before);
    assertEquals(await overlay.etcd.list(SUBNETS), []);
    assertStringIncludes((await agent.get("/readyz")).text, "not in the network yet: Cannot");
    await overlay.etcd.put(CONFIG, JSON.stringify({ ...IPV4, Backend: { Type: "vxlan" } }));
    // It asks again, at most half a minute later where it has been asking for long.
    await until(agent, ({ waitsFor }) => waitsFor === undefined);
    assertEquals((await overlay.etcd.list(SUBNETS)).length, 1);
  });
}

overlayTest(
  "nodes whose entries are of no use are ignored by name, and all others are reached",
  { ...IPV4, Backend: { Type: "vxlan" } },
  { nodes: 2 },
  async (overlay) => {
    const lease = (PublicIP: string, changes: Record<string, unknown> = {}) =>
      JSON.stringify({
        PublicIP,
        PublicIPv6: null,
        BackendType: "vxlan",
        BackendData: { VNI: 1, VtepMAC: "02:00:00:00:00:01" },
        ...changes,
      });
    const entries: Record<string, string> = {
      "10.244.201.0-24": lease("192.168.77.201", { BackendData: { VNI: 1, VtepMAC: "no MAC" } }),
      "10.244.202.0-24": lease("192.168.77.202", { BackendData: { VNI: 2, VtepMAC: "02:00:00:00:00:02" } }),
      "10.244.203.0-24": lease("192.168.77.203", { BackendType: "host-gw" }),
      "10.9.204.0-24": lease("192.168.77.204"),
      "10.244.205.0-24": lease("not an address"),
      "10.244.206.0-24": "{",
    };
    for (const [name, value] of Object.entries(entries)) await overlay.etcd.put(`${SUBNETS}${name}`, value);
    await pretendNode(overlay.etcd, 199, "vxlan");
    const [first, second] = [overlay.cluster.node(1), overlay.cluster.node(2)];
    const agent = await overlay.agent(first) as Agent;
    await overlay.agent(second);
    await allReachEachOther([await overlay.pod(first), await overlay.pod(second)]);
    const { peers } = await until(
      agent,
      ({ peers }) => peers.filter(({ state }) => state === "connected").length === 2,
    );
    const useless = peers.filter(({ state }) => state !== "connected");
    for (const { state, why } of useless) assertEquals([state, why?.startsWith("Cannot")], ["ignored", true], why);
    // A tunnel's three things for each of the two that are of use.
    assertEquals((await haveInKernel(first)).length, 6);
    const { log } = await agent.end();
    for (const number of [201, 202, 203, 204, 205, 206]) assertStringIncludes(log, `.${number}.0`);
  },
);
