// Nodes of ours with each other, and with flanneld's in one network.

import { assert, assertEquals } from "@std/assert";
import { Conversation } from "../lab/conversation.ts";
import { allReachEachOther, BACKENDS, comesToEtcd, DUAL, IPV4, overlayTest, subnetsOf } from "./overlays.ts";

for (const Type of BACKENDS) {
  for (const [families, network] of [["IPv4", IPV4], ["dual stack", DUAL]] as const) {
    overlayTest(
      `three nodes, ${Type}, ${families}`,
      { ...network, Backend: { Type } },
      { nodes: 3 },
      async (overlay) => {
        const { cluster, etcd } = overlay;
        for (const node of cluster.nodes) await overlay.agent(node);
        const pods = [];
        for (const node of cluster.nodes) pods.push(await overlay.pod(node));
        assertEquals(pods.map(({ addresses }) => addresses.length), families === "IPv4" ? [1, 1, 1] : [2, 2, 2]);
        await allReachEachOther(pods);
        for (const node of cluster.nodes) await comesToEtcd(etcd, node);
      },
    );
  }

  overlayTest(`two nodes of flanneld's and one of ours, ${Type}`, { ...DUAL, Backend: { Type } }, { nodes: 3 }, async (
    overlay,
  ) => {
    const { cluster, etcd } = overlay;
    await overlay.flanneld(cluster.node(1));
    await overlay.agent(cluster.node(2));
    await overlay.flanneld(cluster.node(3));
    const pods = [];
    for (const node of cluster.nodes) pods.push(await overlay.pod(node));
    await allReachEachOther(pods);
    for (const node of cluster.nodes) await comesToEtcd(etcd, node);
  });

  overlayTest(
    `a node that moves from flanneld to ours and back keeps its pods' connections, ${Type}`,
    { ...DUAL, Backend: { Type } },
    { nodes: 2 },
    async (overlay) => {
      const { cluster, etcd } = overlay;
      const [still, moving] = [cluster.node(1), cluster.node(2)];
      await overlay.flanneld(still);
      const before = await overlay.flanneld(moving);
      const [one, two] = [await overlay.pod(still), await overlay.pod(moving)];
      await allReachEachOther([one, two]);
      await using to = await Conversation.open(one.namespace, two.namespace, two.address);
      await using from = await Conversation.open(two.namespace, one.namespace, one.address);
      const subnets = subnetsOf(moving);
      await before.end();
      await to.say("while there is none");
      const agent = await overlay.agent(moving);
      await to.say("to ours");
      await from.say("from ours");
      assertEquals(subnetsOf(moving), subnets);
      for (const node of cluster.nodes) await comesToEtcd(etcd, node);
      const three = await overlay.pod(moving);
      await allReachEachOther([one, two, three]);
      await agent.end();
      await overlay.flanneld(moving);
      await to.say("back");
      await from.say("back");
      assertEquals(subnetsOf(moving), subnets);
      await allReachEachOther([one, two, three]);
    },
  );
}

overlayTest("vxlan crosses a router", { ...DUAL, Backend: { Type: "vxlan" } }, { nodes: [1, 1] }, async (overlay) => {
  const { nodes } = overlay.cluster;
  for (const node of nodes) await overlay.agent(node);
  const pods = [];
  for (const node of nodes) pods.push(await overlay.pod(node));
  await allReachEachOther(pods);
});

overlayTest(
  "vxlan with DirectRouting: encapsulated only where there is a router between",
  { ...IPV4, Backend: { Type: "vxlan", DirectRouting: true } },
  { nodes: [2, 1] },
  async (overlay) => {
    const { nodes } = overlay.cluster;
    for (const node of nodes) await overlay.agent(node);
    const pods = [];
    for (const node of nodes) pods.push(await overlay.pod(node));
    const [near, other, far] = pods;
    await allReachEachOther(pods);
    await using capture = await overlay.cluster.node(1).capture("udp port 8472 or icmp", { as: "vxlan" });
    assert(await near!.reaches(other!));
    await capture.until(/ICMP echo reply/);
    assert(!capture.text.includes("VXLAN"), capture.text);
    assert(await near!.reaches(far!));
    await capture.until(/VXLAN[\s\S]*ICMP echo reply/);
  },
);
