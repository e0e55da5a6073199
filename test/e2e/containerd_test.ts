// containerd gives a container its network: `ctr run --cni`, with an image made of one static busybox.

import { assert, assertEquals } from "@std/assert";
import { containerdMissing, runContainer } from "../lab/containerd.ts";
import { eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { bridgeNetwork } from "./networks.ts";

eachTarget("a container of containerd reaches its gateway, and leaves nothing", async (target, node) => {
  const command = "ip -o address show dev eth0; ip route; ping -c 1 -W 2 10.22.0.1";
  const { code, stdout, stderr } = await runContainer(target, node, bridgeNetwork(node), command);
  assertEquals(code, 0, `${stdout}${stderr}`);
  assert(stdout.includes("inet 10.22.0.2/24"), stdout);
  assert(stdout.includes("default via 10.22.0.1"), stdout);
  assert(/1 packets received/.test(stdout), stdout);
  assertEquals(await heldAddresses(target, node), []);
  assertEquals(await node.namespace.must(["ip", "-o", "link", "show", "type", "veth"]), "");
}, containerdMissing());
