// host-device: a device of the node in a pod, and back. One end of a veth pair stands for it.

import { assert, assertEquals } from "@std/assert";
import { type Config, fail, succeed } from "../lab/cni_call.ts";
import type { Node } from "../lab/node.ts";
import { eachEngine, eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses, defaultGateway, link } from "./kernel.ts";
import { attachment, hostLocal, VERSION } from "./networks.ts";

const MAC = "02:00:00:00:00:31";

/** Its other end, `far`, has the gateway's address. */
async function withDevice(node: Node): Promise<void> {
  const { namespace } = node;
  await namespace.ip("link add far type veth peer name nic1");
  await namespace.ip(`link set nic1 address ${MAC} mtu 1400 up`);
  await namespace.ip("address add 10.27.0.1/24 dev far");
  await namespace.ip("link set far up");
}

function network(node: Node, rest: Record<string, unknown> = { device: "nic1" }): Config {
  return { cniVersion: VERSION, name: "nics", type: "host-device", ipam: hostLocal(node, ["10.27.0.0/24"]), ...rest };
}

eachTarget("host-device moves a device into the pod, addresses it, and gives it back", async (target, node) => {
  await withDevice(node);
  const pod = await node.pod();
  const at = attachment(pod);
  const result = await succeed(target, node, "ADD", network(node), at);
  assertEquals(result.interfaces?.map(({ name, mac, sandbox }) => ({ name, mac, sandbox })), [
    { name: "eth0", mac: MAC, sandbox: pod.path },
  ]);
  assertEquals(await addresses(pod, "eth0"), ["10.27.0.2/24"]);
  assertEquals(await defaultGateway(pod, 4), "10.27.0.1");
  assertEquals(await link(node.namespace, "nic1"), undefined);
  assert(await pod.ping("10.27.0.1"), "the other end does not answer");
  await succeed(target, node, "CHECK", { ...network(node), prevResult: result }, at);
  await pod.ip("address flush dev eth0");
  await fail(target, node, "CHECK", { ...network(node), prevResult: result }, at);
  await succeed(target, node, "DEL", network(node), at);
  const back = await link(node.namespace, "nic1");
  assertEquals([back?.address, back?.mtu], [MAC, 1400]);
  assertEquals(await link(pod, "eth0"), undefined);
  assertEquals(await heldAddresses(target, node), []);
});

eachTarget(
  "host-device finds a device by its MAC address, and leaves it to layer 2 without ipam",
  async (target, node) => {
    await withDevice(node);
    const pod = await node.pod();
    const at = attachment(pod);
    const byMac = network(node, { hwaddr: MAC, ipam: undefined });
    await succeed(target, node, "ADD", byMac, at);
    const inside = await link(pod, "eth0");
    assertEquals([inside?.address, inside?.flags.includes("UP")], [MAC, true]);
    await fail(target, node, "ADD", byMac, attachment(await node.pod()));
    await succeed(target, node, "DEL", byMac, at);
    assertEquals((await link(node.namespace, "nic1"))?.address, MAC);
  },
);

eachEngine(
  "a device is up again after DEL, also where the pod has renamed it, and a failed ADD leaves it",
  async (target, node) => {
    await withDevice(node);
    const pod = await node.pod();
    const at = attachment(pod);
    const up = async () => (await link(node.namespace, "nic1"))?.flags.includes("UP");
    const full = {
      ...hostLocal(node, []),
      ranges: [[{ subnet: "10.27.0.0/30", rangeStart: "10.27.0.2", rangeEnd: "10.27.0.2" }]],
    };
    const small = network(node, { device: "nic1", ipam: full });
    await succeed(target, node, "ADD", { ...small, type: "host-local" }, attachment(await node.pod()));
    await fail(target, node, "ADD", small, at);
    assertEquals([await up(), await link(pod, "eth0")], [true, undefined]);
    await succeed(target, node, "ADD", network(node, { device: "nic1", ipam: undefined }), at);
    await pod.ip("link set eth0 down");
    await pod.ip("link set eth0 name data0");
    await succeed(target, node, "DEL", network(node), at);
    await succeed(target, node, "DEL", network(node), at);
    assertEquals([await up(), await link(pod, "data0")], [true, undefined]);
  },
);
