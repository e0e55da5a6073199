// Configurations that reach to the edge of what the plugins are granted: they work as upstream's do.

import { assertEquals } from "@std/assert";
import { succeed } from "../lab/cni_call.ts";
import { eachTarget } from "./each_target.ts";
import { addresses } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal, VERSION } from "./networks.ts";

eachTarget("forceAddress takes an address of another network from the bridge", async (target, node) => {
  const first = attachment(await node.pod());
  await succeed(target, node, "ADD", bridgeNetwork(node), first);
  await succeed(target, node, "DEL", bridgeNetwork(node), first);
  assertEquals(await addresses(node.namespace, "cni0"), ["10.22.0.1/24"]);
  const ipam = hostLocal(node, ["10.23.0.0/24"]);
  const other = bridgeNetwork(node, { name: "green", ipam, forceAddress: true });
  await succeed(target, node, "ADD", other, attachment(await node.pod()));
  assertEquals(await addresses(node.namespace, "cni0"), ["10.23.0.1/24"]);
});

eachTarget("ptp takes a gateway that is in no network of its addresses", async (target, node) => {
  const pod = await node.pod();
  const ipam = { type: "static", addresses: [{ address: "10.26.0.7/24", gateway: "169.254.1.1" }] };
  const network = { cniVersion: VERSION, name: "ptp", type: "ptp", ipMasq: true, ipam };
  const result = await succeed(target, node, "ADD", network, attachment(pod));
  const host = result.interfaces!.find((it) => it.sandbox === undefined || it.sandbox === "")!.name;
  assertEquals(await addresses(node.namespace, host), ["169.254.1.1/32"]);
  assertEquals(await addresses(pod, "eth0"), ["10.26.0.7/24"]);
});
