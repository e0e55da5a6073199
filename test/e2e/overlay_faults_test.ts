// The overlay while something is broken, and what it makes good.

import { assert, assertEquals } from "@std/assert";
import { Conversation } from "../lab/conversation.ts";
import { forgetNode, haveInKernel, pretendNode, takenNumbers } from "../lab/overlay_state.ts";
import { allReachEachOther, BACKENDS, comesToEtcd, DUAL, IPV4, type Overlay, overlayTest } from "./overlays.ts";

/** Milliseconds until a connection that has gone silent is noticed, and made anew. */
const NOTICED = 60_000;

/** Agents and pods on nodes 1 and 2, with a connection between. */
async function twoNodes(overlay: Overlay) {
  const [first, second] = [overlay.cluster.node(1), overlay.cluster.node(2)];
  const agents = [await overlay.agent(first), await overlay.agent(second)] as const;
  const pods = [await overlay.pod(first), await overlay.pod(second)] as const;
  await allReachEachOther(pods);
  const conversation = await Conversation.open(pods[0].namespace, pods[1].namespace, pods[1].address);
  return { first, second, agents, pods, conversation };
}

for (const Type of BACKENDS) {
  const network = { ...DUAL, Backend: { Type } };

  overlayTest(`etcd is killed and comes back, ${Type}`, network, { nodes: 3 }, async (overlay) => {
    const { first, second, pods, conversation } = await twoNodes(overlay);
    await using _open = conversation;
    const had = await haveInKernel(first);
    await overlay.etcd.kill();
    await conversation.say("without a store");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assertEquals(await haveInKernel(first), had);
    await overlay.etcd.restart();
    await overlay.agent(overlay.cluster.node(3));
    await allReachEachOther([...pods, await overlay.pod(overlay.cluster.node(3))], NOTICED);
    for (const node of [first, second]) await comesToEtcd(overlay.etcd, node);
    await conversation.say("with the store again");
  });

  overlayTest(`a node is cut from the store while another joins, ${Type}`, network, { nodes: 3 }, async (overlay) => {
    const { first, second, pods, conversation } = await twoNodes(overlay);
    await using _open = conversation;
    await overlay.cluster.cutStore(first);
    await conversation.say("one of us is cut off");
    await overlay.agent(overlay.cluster.node(3));
    const third = await overlay.pod(overlay.cluster.node(3));
    await allReachEachOther([pods[1], third]);
    await overlay.cluster.mendStore(first);
    await allReachEachOther([...pods, third], NOTICED);
    for (const node of [first, second]) await comesToEtcd(overlay.etcd, node);
    await conversation.say("all are back");
  });

  overlayTest(`an agent is killed; what changed meanwhile is made good, ${Type}`, network, { nodes: 2 }, async (
    overlay,
  ) => {
    const { first, agents, pods, conversation } = await twoNodes(overlay);
    await using _open = conversation;
    const [number] = await freeNumbers(overlay, 2);
    await pretendNode(overlay.etcd, number!, Type);
    await comesToEtcd(overlay.etcd, first);
    await agents[0].end("SIGKILL");
    await conversation.say("without an agent");
    await forgetNode(overlay.etcd, number!);
    await overlay.agent(first);
    await comesToEtcd(overlay.etcd, first);
    await conversation.say("with an agent again");
    await allReachEachOther(pods);
  });

  overlayTest(
    `a hundred nodes come, and half of them go, ${Type}`,
    { ...IPV4, Backend: { Type } },
    { nodes: 2 },
    async (
      overlay,
    ) => {
      const { first, second, conversation } = await twoNodes(overlay);
      await using _open = conversation;
      const numbers = await freeNumbers(overlay, 100);
      for (const number of numbers) {
        await pretendNode(overlay.etcd, number, Type);
        if (number % 2 === 0) await forgetNode(overlay.etcd, number);
      }
      for (const node of [first, second]) await comesToEtcd(overlay.etcd, node);
      for (const number of numbers) await forgetNode(overlay.etcd, number);
      for (const node of [first, second]) await comesToEtcd(overlay.etcd, node);
      await conversation.say("the two of us");
    },
  );

  overlayTest(`routes that are flushed come back, ${Type}`, network, { nodes: 2 }, async (overlay) => {
    const { first, pods, conversation } = await twoNodes(overlay);
    await using _open = conversation;
    for (const line of await haveInKernel(first)) {
      const [kind, dst, , , , dev] = line.split(" ") as [string, string, string, string, string, string];
      if (kind === "route") await first.namespace.ip(`route delete ${dst} dev ${dev}`);
    }
    await comesToEtcd(overlay.etcd, first, 5000);
    await allReachEachOther(pods);
    await conversation.say("by the new routes");
  });
}

for (const Type of BACKENDS) {
  overlayTest(
    `an agent is killed while it connects two hundred nodes, again and again, ${Type}`,
    { ...IPV4, Backend: { Type } },
    { nodes: 1 },
    async (overlay) => {
      const node = overlay.cluster.node(1);
      for (const number of await freeNumbers(overlay, 200)) await pretendNode(overlay.etcd, number, Type);
      for (const ms of [0, 5, 15, 40, 80]) {
        const agent = await overlay.agent(node);
        await new Promise((resolve) => setTimeout(resolve, ms));
        await agent.end("SIGKILL");
        if (Type === "vxlan") await node.namespace.ip("link delete flannel.1");
        else await node.namespace.run(["ip", "route", "flush", "proto", "138"]);
      }
      await overlay.agent(node);
      await comesToEtcd(overlay.etcd, node);
      assertEquals((await haveInKernel(node)).length, Type === "vxlan" ? 600 : 200);
    },
  );
}

overlayTest(
  "a node whose address changes tells the others, and is reached by the new one",
  { ...IPV4, Backend: { Type: "vxlan" } },
  { nodes: 2 },
  async (overlay) => {
    const { first, second, pods, conversation } = await twoNodes(overlay);
    await conversation[Symbol.asyncDispose]();
    await first.namespace.ip(`address delete ${first.addresses.ipv4}/24 dev eth0`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await first.namespace.ip("address add 192.168.77.201/24 dev eth0");
    const deadline = performance.now() + 15_000;
    const knows = async () => (await haveInKernel(second)).some((line) => line.includes(" to 192.168.77.201 "));
    while (!await knows() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    assert(await knows(), (await haveInKernel(second)).join("\n"));
    await allReachEachOther(pods);
  },
);

overlayTest(
  "a tunnel device that is deleted is made again",
  { ...DUAL, Backend: { Type: "vxlan" } },
  { nodes: 2 },
  async (
    overlay,
  ) => {
    const { first, pods, conversation } = await twoNodes(overlay);
    await using _open = conversation;
    for (const device of ["flannel.1", "flannel-v6.1"]) await first.namespace.ip(`link delete ${device}`);
    await comesToEtcd(overlay.etcd, first, 5000);
    assert((await haveInKernel(first)).length > 0);
    await allReachEachOther(pods);
    await conversation.say("through the new device");
  },
);

/** Third numbers of IPv4 subnets that nobody has, and which are no node's public address in the lab. */
async function freeNumbers(overlay: Overlay, count: number): Promise<number[]> {
  const taken = await takenNumbers(overlay.etcd);
  const free: number[] = [];
  for (let number = 10; free.length < count; number++) if (!taken.has(number)) free.push(number);
  return free;
}
