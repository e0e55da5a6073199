// The ways to ask for an address: CNI_ARGS, args.cni.ips and runtimeConfig.ips; and what a pool never gives.

import { assertEquals, assertMatch } from "@std/assert";
import { fail, succeed } from "../lab/cni_call.ts";
import { eachTarget } from "./each_target.ts";
import { addresses } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

const WANTED = "10.22.0.77";

eachTarget("an address asked for by CNI_ARGS is given", async (target, node) => {
  const pod = await node.pod();
  await succeed(target, node, "ADD", bridgeNetwork(node), attachment(pod, { args: `IgnoreUnknown=1;IP=${WANTED}` }));
  assertEquals(await addresses(pod, "eth0"), [`${WANTED}/24`]);
});

eachTarget("an address asked for by args.cni.ips is given", async (target, node) => {
  const pod = await node.pod();
  await succeed(target, node, "ADD", bridgeNetwork(node, { args: { cni: { ips: [WANTED] } } }), attachment(pod));
  assertEquals(await addresses(pod, "eth0"), [`${WANTED}/24`]);
});

eachTarget("an address asked for by runtimeConfig.ips is given", async (target, node) => {
  const pod = await node.pod();
  const network = bridgeNetwork(node, { capabilities: { ips: true }, runtimeConfig: { ips: [`${WANTED}/24`] } });
  await succeed(target, node, "ADD", network, attachment(pod));
  assertEquals(await addresses(pod, "eth0"), [`${WANTED}/24`]);
});

eachTarget("an address that another pod has is refused", async (target, node) => {
  const network = bridgeNetwork(node, { args: { cni: { ips: [WANTED] } } });
  await succeed(target, node, "ADD", network, attachment(await node.pod()));
  const error = await fail(target, node, "ADD", network, attachment(await node.pod()));
  assertMatch(`${error.msg} ${error.details}`, /10\.22\.0\.77/);
});

eachTarget("an address outside the pool is refused", async (target, node) => {
  const pod = await node.pod();
  await fail(target, node, "ADD", bridgeNetwork(node, { args: { cni: { ips: ["10.99.0.1"] } } }), attachment(pod));
});

eachTarget("rangeStart and rangeEnd bound the pool", async (target, node) => {
  const range = { subnet: "10.22.0.0/24", rangeStart: "10.22.0.10", rangeEnd: "10.22.0.11" };
  const network = bridgeNetwork(node, { ipam: hostLocal(node, [], { ranges: [[range]] }) });
  const given: (string | undefined)[] = [];
  for (let i = 0; i < 2; i++) {
    const result = await succeed(target, node, "ADD", network, attachment(await node.pod()));
    given.push(result.ips?.[0]?.address);
  }
  assertEquals(given, ["10.22.0.10/24", "10.22.0.11/24"]);
  await fail(target, node, "ADD", network, attachment(await node.pod()));
});

eachTarget("the subnet's old form (ipam.subnet) works", async (target, node) => {
  const ipam = { type: "host-local", subnet: "10.24.0.0/24", dataDir: node.leaseDirectory };
  const result = await succeed(target, node, "ADD", bridgeNetwork(node, { ipam }), attachment(await node.pod()));
  assertEquals(result.ips?.[0]?.address, "10.24.0.2/24");
});

eachTarget("the DNS settings of ipam.resolvConf are in the result", async (target, node) => {
  const resolvConf = `${node.directory}/resolv.conf`;
  await Deno.writeTextFile(resolvConf, "nameserver 192.0.2.53\nsearch example.com\noptions ndots:5\n");
  const network = bridgeNetwork(node, { ipam: hostLocal(node, ["10.24.0.0/24"], { resolvConf }) });
  const result = await succeed(target, node, "ADD", network, attachment(await node.pod()));
  assertEquals(result.dns?.nameservers, ["192.0.2.53"]);
  assertEquals(result.dns?.search, ["example.com"]);
  assertEquals(result.dns?.options, ["ndots:5"]);
});
