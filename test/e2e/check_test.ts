// CHECK: nothing to say about an attachment that is as ADD left it; an error for each kind of damage.

import { succeed } from "../lab/cni_call.ts";
import { fail } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";
import { eachTarget } from "./each_target.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

eachTarget("CHECK passes after ADD, for a dual stack with ipMasq", async (target, node) => {
  const at = attachment(await node.pod());
  const network = bridgeNetwork(node, { ipMasq: true, ipam: hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]) });
  const prevResult = await succeed(target, node, "ADD", network, at);
  await succeed(target, node, "CHECK", { ...network, prevResult }, at);
});

/** What goes wrong between ADD and CHECK. */
const DAMAGES: { name: string; damage: (pod: Namespace, node: Node) => Promise<unknown> }[] = [
  { name: "the address removed", damage: (pod) => pod.ip("address del 10.22.0.2/24 dev eth0") },
  { name: "the default route removed", damage: (pod) => pod.ip("route del default") },
  {
    name: "the pod's interface deleted",
    damage: (pod) => pod.ip("link del eth0"),
  },
  { name: "the pod's interface renamed", damage: (pod) => pod.must(["sh", "-c", RENAME]) },
  { name: "the pod's MAC changed", damage: (pod) => pod.must(["sh", "-c", CHANGE_MAC]) },
  { name: "the bridge deleted", damage: (_, node) => node.namespace.ip("link del cni0") },
  { name: "the pod's interface down", damage: (pod) => pod.ip("link set eth0 down") },
  { name: "the port taken off the bridge", damage: (_, node) => node.namespace.must(["sh", "-c", DETACH]) },
  { name: "the masquerade flushed", damage: (_, node) => node.namespace.must(["nft", "flush", "ruleset"]) },
];

const RENAME = "ip link set eth0 down && ip link set eth0 name eth9 && ip link set eth9 up";
const CHANGE_MAC = "ip link set eth0 address 02:00:00:00:00:99";
const DETACH = "ip link set $(ip -o link show master cni0 | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/') nomaster";

for (const { name, damage } of DAMAGES) {
  eachTarget(`CHECK fails with ${name}`, async (target, node) => {
    const pod = await node.pod();
    const at = attachment(pod);
    const network = bridgeNetwork(node, { ipMasq: true });
    const prevResult = await succeed(target, node, "ADD", network, at);
    await damage(pod, node);
    await fail(target, node, "CHECK", { ...network, prevResult }, at);
  });
}

eachTarget("CHECK fails for an attachment that was never added", async (target, node) => {
  const added = attachment(await node.pod());
  const network = bridgeNetwork(node);
  const prevResult = await succeed(target, node, "ADD", network, added);
  await fail(target, node, "CHECK", { ...network, prevResult }, attachment(await node.pod()));
});

eachTarget("CHECK changes nothing and can be repeated", async (target, node) => {
  const at = attachment(await node.pod());
  const network = bridgeNetwork(node);
  const prevResult = await succeed(target, node, "ADD", network, at);
  for (let i = 0; i < 3; i++) await succeed(target, node, "CHECK", { ...network, prevResult }, at);
});
