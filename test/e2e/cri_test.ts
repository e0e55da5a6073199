// containerd gives pods their network as a kubelet asks for it, by the Container Runtime Interface.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { containerdMissing } from "../lab/containerd.ts";
import { CriContainerd } from "../lab/cri_containerd.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { Node } from "../lab/node.ts";
import { assertNothingLeft, veths } from "./agents.ts";
import { heldAddresses } from "./held_addresses.ts";
import { bridgeNetwork, hostLocal } from "./networks.ts";
import { ours } from "./targets.ts";

Deno.test({
  ...labTestNeeding("CRI: pods reach each other over a restart, a full pool leaves nothing", containerdMissing()),
  fn: async () => {
    await using node = await Node.create();
    const target = await ours("wasmtime").ready();
    const ranges = [[{ subnet: "10.22.0.0/24", rangeStart: "10.22.0.10", rangeEnd: "10.22.0.11" }]];
    const network = bridgeNetwork(node, { ipam: { ...hostLocal(node, []), ranges } });
    await using containerd = await CriContainerd.start(target, node, network);
    const { client } = containerd;

    const [a, b] = [await client.runPod("a"), await client.runPod("b")];
    const [ofA, ofB] = [await client.podStatus(a), await client.podStatus(b)];
    assert(ofA.ready && ofB.ready);
    assertEquals([ofA.ip, ofB.ip].sort(), ["10.22.0.10", "10.22.0.11"]);
    assertEquals(await heldAddresses(target, node), ["10.22.0.10", "10.22.0.11"]);
    assert(await containerd.ping(ofA.netns, ofB.ip), "the first does not reach the second");
    assert(await containerd.ping(ofB.netns, ofA.ip), "the second does not reach the first");

    const error = await assertRejects(() => client.runPod("c"), Error);
    assert(error.message.includes("Cannot lease an address as none is free: 2 of 2 are held"), error.message);
    assertEquals((await client.pods()).sort(), [a, b].sort());
    assertEquals((await veths(node)).length, 2);
    assertEquals(await heldAddresses(target, node), ["10.22.0.10", "10.22.0.11"]);

    await containerd.restart("KILL");
    assertEquals(await client.podStatus(a), ofA);
    assert(await containerd.ping(ofA.netns, ofB.ip), "a restart of containerd has cut pods off");

    await client.stopPod(a);
    assertEquals(await heldAddresses(target, node), [ofB.ip]);
    // A kubelet may ask twice, and removes what it has stopped.
    await client.stopPod(a);
    await client.removePod(a);
    const c = await client.runPod("c");
    assertEquals((await client.podStatus(c)).ip, ofA.ip);
    for (const id of [b, c]) {
      await client.stopPod(id);
      await client.removePod(id);
    }
    assertEquals([await client.pods(), await heldAddresses(target, node)], [[], []]);
    await assertNothingLeft(node);
  },
});
