// Plugins of different makers together: in a list, and one as the IPAM plugin of the other.

import { assert, assertEquals } from "@std/assert";
import { type Config, succeed, type Target } from "../lab/cni_call.ts";
import { sourceSeen } from "../lab/source_seen.ts";
import { addChain, checkChain, delChain } from "./chain.ts";
import { eachEngine, eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses, link } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";
import { GO_DIRECTORY, goMissing } from "./targets.ts";

const foreign: Target = { name: "go", ours: false, directory: GO_DIRECTORY, environment: () => ({}) };

eachTarget("Debian's tuning works after bridge", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const sysctl = { "net.ipv4.conf.eth0.arp_notify": "1" };
  const tuning: Config = { cniVersion: VERSION, name: "blue", type: "tuning", mac: "02:00:00:00:00:42", sysctl };
  const chain = [{ target, config: bridgeNetwork(node) }, { target: foreign, config: tuning }];
  const result = await addChain(chain, node, at);
  assertEquals((await link(pod, "eth0"))?.address, "02:00:00:00:00:42");
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
  await delChain(chain, node, at, result);
  assertEquals(await link(pod, "eth0"), undefined);
}, goMissing());

eachTarget("Debian's portmap works after bridge, and goes with it", async (target, node) => {
  const client = await node.outside();
  const pod = await node.pod();
  const at = attachment(pod);
  const runtimeConfig = { portMappings: [{ hostPort: 8080, containerPort: 4242, protocol: "tcp" }] };
  const portmap: Config = {
    cniVersion: VERSION,
    name: "blue",
    type: "portmap",
    capabilities: { portMappings: true },
    runtimeConfig,
  };
  const chain = [{ target, config: bridgeNetwork(node) }, { target: foreign, config: portmap }];
  const result = await addChain(chain, node, at);
  assertEquals(await sourceSeen(client, pod, "192.0.2.1", 8080), "198.51.100.9");
  // portmap 1.1.1 looks for IPv6 rules that an IPv4 pod does not have: only the first of the list is asked.
  await checkChain(chain.slice(0, 1), node, at, result);
  await delChain(chain, node, at, result);
  assertEquals((await node.namespace.must(["nft", "list", "ruleset"])).includes("10.22.0.2"), false);
}, goMissing());

eachEngine("our bridge takes its address from an executable that is not ours", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const directory = `${node.directory}/foreign`;
  await Deno.mkdir(directory);
  await Deno.symlink(`${GO_DIRECTORY}/host-local`, `${directory}/go-host-local`);
  const network = bridgeNetwork(node, { ipam: hostLocal(node, ["10.22.0.0/24"], { type: "go-host-local" }) });
  const prevResult = await succeed(target, node, "ADD", network, at, { extraPath: directory });
  assertEquals(await addresses(pod, "eth0"), ["10.22.0.2/24"]);
  assertEquals(await heldAddresses(foreign, node), ["10.22.0.2"]);
  await succeed(target, node, "CHECK", { ...network, prevResult }, at, { extraPath: directory });
  await succeed(target, node, "DEL", network, at, { extraPath: directory });
  assertEquals(await heldAddresses(foreign, node), []);
}, goMissing());

eachEngine("Debian's bridge takes its address from our host-local", async (target, node) => {
  const pod = await node.pod();
  const at = attachment(pod);
  const network = bridgeNetwork(node);
  const mixed: Target = { ...target, directory: `${node.directory}/mixed` };
  await Deno.mkdir(mixed.directory);
  await Deno.symlink(`${GO_DIRECTORY}/bridge`, `${mixed.directory}/bridge`);
  await Deno.symlink(`${target.directory}/host-local`, `${mixed.directory}/host-local`);
  const prevResult = await succeed(mixed, node, "ADD", network, at);
  assertEquals(await addresses(pod, "eth0"), ["10.22.0.2/24"]);
  assertEquals(await heldAddresses(target, node), ["10.22.0.2"]);
  await succeed(mixed, node, "CHECK", { ...network, prevResult }, at);
  await succeed(mixed, node, "DEL", network, at);
  assertEquals(await heldAddresses(target, node), []);
}, goMissing());
