// Pods of ours on nodes of flanneld's: what the lab of several nodes is held to before anything of ours connects nodes.

import { assert, assertStringIncludes } from "@std/assert";
import { captureMissing } from "../lab/capture.ts";
import { Cluster, type ClusterPlan } from "../lab/cluster.ts";
import { Pod } from "../lab/cluster_pod.ts";
import { etcdMissing } from "../lab/etcd.ts";
import { flanneldMissing } from "../lab/flanneld/build.ts";
import { startFlanneld } from "../lab/flanneld.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { ours } from "./targets.ts";

const NETWORK = { Network: "10.244.0.0/16", IPv6Network: "fd00:244::/48", EnableIPv6: true };

/** Three nodes with flanneld and a pod each. */
function flanneldTest(
  name: string,
  backend: Record<string, unknown>,
  plan: ClusterPlan,
  body: (cluster: Cluster, pods: readonly Pod[]) => Promise<void>,
): void {
  Deno.test({
    ...labTestNeeding(name, etcdMissing() ?? flanneldMissing() ?? captureMissing()),
    fn: async () => {
      const target = await ours("wasmtime").ready();
      await using cluster = await Cluster.create(plan);
      await using etcd = await cluster.startEtcd({ ...NETWORK, Backend: backend });
      await using started = new AsyncDisposableStack();
      for (const node of cluster.nodes) started.use(await startFlanneld(node, etcd.endpoint));
      const pods: Pod[] = [];
      for (const node of cluster.nodes) pods.push(started.use(await Pod.attach(target, node)));
      await body(cluster, pods);
    },
  });
}

async function allReachEachOther(pods: readonly Pod[]): Promise<void> {
  for (const from of pods) {
    for (const to of pods) {
      if (from !== to) assert(await from.reaches(to), `${from.node.name} does not reach ${to.node.name}`);
    }
  }
}

flanneldTest("flanneld: pods on three nodes reach each other by vxlan", { Type: "vxlan" }, { nodes: 3 }, async (
  cluster,
  pods,
) => {
  await allReachEachOther(pods);
  await using capture = await cluster.node(2).capture("udp port 8472", { as: "vxlan" });
  assert(await pods[0]!.reaches(pods[1]!));
  await capture.until(/ICMP echo reply/);
  assertStringIncludes(capture.text, "VXLAN, flags [I] (0x08), vni 1");
});

flanneldTest("flanneld: vxlan crosses a router", { Type: "vxlan" }, { nodes: [2, 1] }, (_cluster, pods) => {
  return allReachEachOther(pods);
});

flanneldTest("flanneld: pods on three nodes reach each other by host-gw", { Type: "host-gw" }, { nodes: 3 }, async (
  cluster,
  pods,
) => {
  await allReachEachOther(pods);
  await using capture = await cluster.node(2).capture("icmp");
  assert(await pods[0]!.reaches(pods[1]!));
  await capture.until(new RegExp(`${pods[0]!.address} > ${pods[1]!.address}: ICMP echo request`));
});

flanneldTest("a link of the lab breaks and is mended", { Type: "host-gw" }, { nodes: 2 }, async (cluster, pods) => {
  const [one, two] = pods as [Pod, Pod];
  assert(await one.reaches(two));
  await cluster.node(2).breakLink();
  assert(!await one.reaches(two, 0), "a node without a link is reached");
  await cluster.node(2).mendLink();
  assert(await one.reaches(two), "a node whose link is mended is not reached");
});
