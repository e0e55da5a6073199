// Many pods at once: a kubelet that starts does not wait for one ADD before the next.

import { assertEquals } from "@std/assert";
import { succeed } from "../lab/cni_call.ts";
import { eachTarget } from "./each_target.ts";
import { heldAddresses } from "./held_addresses.ts";
import { attachment, bridgeNetwork } from "./networks.ts";

const PODS = 20;

eachTarget(`${PODS} ADDs at once give ${PODS} addresses, and as many DELs take them back`, async (target, node) => {
  const network = bridgeNetwork(node, { ipMasq: true });
  const pods = [];
  for (let i = 0; i < PODS; i++) pods.push(await node.pod());
  const attachments = pods.map((pod) => attachment(pod));
  const results = await Promise.all(attachments.map((at) => succeed(target, node, "ADD", network, at)));
  const given = results.map((result) => result.ips![0]!.address);
  assertEquals(new Set(given).size, PODS, `an address was given twice: ${given.join(" ")}`);
  assertEquals(await Promise.all(pods.map((pod) => pod.ping("10.22.0.1"))), pods.map(() => true));
  await Promise.all(attachments.map((at) => succeed(target, node, "DEL", network, at)));
  assertEquals(await heldAddresses(target, node), []);
  assertEquals(await node.namespace.must(["ip", "-o", "link", "show", "type", "veth"]), "");
});
