// libcni's own cnitool drives ADD, CHECK and DEL of a conflist, as a container runtime does.

import { assert, assertEquals } from "@std/assert";
import { CNITOOL, programMissing, programPath } from "../lab/go_program.ts";
import { eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { addresses, link } from "./kernel.ts";
import { bridgeNetwork } from "./networks.ts";

eachTarget("cnitool adds, checks and deletes", async (target, node) => {
  const pod = await node.pod();
  const { cniVersion, name, ...plugin } = bridgeNetwork(node, { ipMasq: true });
  const directory = `${node.directory}/net.d`;
  await Deno.mkdir(directory);
  await Deno.writeTextFile(`${directory}/10-blue.conflist`, JSON.stringify({ cniVersion, name, plugins: [plugin] }));
  const env = {
    ...target.environment(node),
    CNI_PATH: target.directory,
    NETCONFPATH: directory,
    CNI_IFNAME: "eth0",
    CNI_CONTAINERID: "cnitool",
  };
  const cnitool = (command: string) => node.namespace.must([programPath(CNITOOL), command, "blue", pod.path], { env });

  const result = JSON.parse(await cnitool("add")) as { ips: { address: string }[] };
  assertEquals(result.ips.map((ip) => ip.address), ["10.22.0.2/24"]);
  assertEquals(await addresses(pod, "eth0"), ["10.22.0.2/24"]);
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
  await cnitool("check");
  await cnitool("del");
  assertEquals(await link(pod, "eth0"), undefined);
  assertEquals(await heldAddresses(target, node), []);
}, programMissing(CNITOOL));
