// ADD by bridge and host-local: what the result says is what the kernel has, and packets flow.

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { succeed } from "../lab/cni_call.ts";
import { eachTarget } from "./each_target.ts";
import { addresses, assertMatchesKernel, defaultGateway, link } from "./kernel.ts";
import { attachment, bridgeNetwork, hostLocal } from "./networks.ts";

eachTarget("ADD gives the pod an address, a default route and a gateway that answers", async (target, node) => {
  const pod = await node.pod();
  const result = await succeed(target, node, "ADD", bridgeNetwork(node), attachment(pod));
  assertEquals(result.cniVersion, "1.0.0");
  assertEquals(result.ips?.map(({ address, gateway }) => [address, gateway]), [["10.22.0.2/24", "10.22.0.1"]]);
  assertEquals(result.routes, [{ dst: "0.0.0.0/0" }]);
  await assertMatchesKernel(result, node, pod, "eth0");
  assertEquals(await addresses(node.namespace, "cni0"), ["10.22.0.1/24"]);
  assertEquals(await defaultGateway(pod, 4), "10.22.0.1");
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
});

eachTarget("the host's end of the veth pair is a port of the bridge", async (target, node) => {
  const pod = await node.pod();
  const result = await succeed(target, node, "ADD", bridgeNetwork(node), attachment(pod));
  const host = result.interfaces?.find((entry) => !entry.sandbox && entry.name !== "cni0");
  assertEquals((await link(node.namespace, host!.name))?.master, "cni0");
  assertEquals((await link(node.namespace, "cni0"))?.linkinfo?.info_kind, "bridge");
});

eachTarget("two pods reach each other", async (target, node) => {
  const [first, second] = [await node.pod(), await node.pod()];
  const network = bridgeNetwork(node);
  await succeed(target, node, "ADD", network, attachment(first));
  const result = await succeed(target, node, "ADD", network, attachment(second));
  assertEquals(result.ips?.[0]?.address, "10.22.0.3/24");
  assert(await first.ping("10.22.0.3"), "the second pod does not answer");
});

eachTarget("dual stack gives both addresses, and both gateways answer", async (target, node) => {
  const pod = await node.pod();
  const ipam = hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]);
  const result = await succeed(target, node, "ADD", bridgeNetwork(node, { ipam }), attachment(pod));
  assertEquals(result.ips?.map((ip) => ip.address), ["10.22.0.2/24", "fd00:22::2/64"]);
  await assertMatchesKernel(result, node, pod, "eth0");
  assert(await pod.ping("10.22.0.1"), "the IPv4 gateway does not answer");
  assert(await pod.ping("fd00:22::1"), "the IPv6 gateway does not answer");
  assertEquals(await defaultGateway(pod, 6), "fd00:22::1");
});

eachTarget("an IPv6 address can be used as soon as ADD has ended", async (target, node) => {
  const pod = await node.pod();
  const ipam = hostLocal(node, ["fd00:22::/64"]);
  await succeed(target, node, "ADD", bridgeNetwork(node, { ipam }), attachment(pod));
  const info = (await link(pod, "eth0"))?.addr_info?.find(({ scope }) => scope === "global");
  assertNotEquals(info?.tentative, true);
});

eachTarget("isDefaultGateway adds the default route by itself", async (target, node) => {
  const pod = await node.pod();
  const ipam = hostLocal(node, ["10.22.0.0/24"], { routes: [] });
  const network = bridgeNetwork(node, { isGateway: false, isDefaultGateway: true, ipam });
  const result = await succeed(target, node, "ADD", network, attachment(pod));
  assertEquals(result.routes?.map((route) => route.dst), ["0.0.0.0/0"]);
  assertEquals(await defaultGateway(pod, 4), "10.22.0.1");
  assert(await pod.ping("10.22.0.1"), "the gateway does not answer");
});

eachTarget("forwarding is on where the bridge is a gateway", async (target, node) => {
  const ipam = hostLocal(node, ["10.22.0.0/24", "fd00:22::/64"]);
  await succeed(target, node, "ADD", bridgeNetwork(node, { ipam }), attachment(await node.pod()));
  const keys = ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"];
  assertEquals(await node.namespace.must(["sysctl", "-n", ...keys]), "1\n1\n");
});

eachTarget("runtimeConfig.mac is the pod's MAC", async (target, node) => {
  const pod = await node.pod();
  const mac = "02:11:22:33:44:55";
  const network = bridgeNetwork(node, { capabilities: { mac: true }, runtimeConfig: { mac } });
  const result = await succeed(target, node, "ADD", network, attachment(pod));
  assertEquals((await link(pod, "eth0"))?.address, mac);
  await assertMatchesKernel(result, node, pod, "eth0");
});

eachTarget("mtu, hairpinMode and promiscMode reach the kernel", async (target, node) => {
  const [plain, promisc] = [await node.pod(), await node.pod()];
  await succeed(target, node, "ADD", bridgeNetwork(node, { mtu: 1400, hairpinMode: true }), attachment(plain));
  assertEquals((await link(plain, "eth0"))?.mtu, 1400);
  const ports = (await node.namespace.must(["ip", "-d", "link", "show", "master", "cni0"])).match(/hairpin (on|off)/);
  assertEquals(ports?.[1], "on");
  const other = { name: "red", bridge: "cni1", promiscMode: true, ipam: hostLocal(node, ["10.23.0.0/24"]) };
  await succeed(target, node, "ADD", bridgeNetwork(node, other), attachment(promisc));
  assert((await link(node.namespace, "cni1"))?.flags.includes("PROMISC"), "the bridge is not in promiscuous mode");
});

eachTarget("one pod gets several interfaces", async (target, node) => {
  const pod = await node.pod();
  const containerId = "several";
  const network = bridgeNetwork(node);
  const first = await succeed(target, node, "ADD", network, attachment(pod, { containerId }));
  const ipam = hostLocal(node, ["10.23.0.0/24"], { routes: [] });
  const other = bridgeNetwork(node, { name: "red", bridge: "cni1", ipam });
  const second = await succeed(target, node, "ADD", other, attachment(pod, { containerId, ifname: "net1" }));
  await assertMatchesKernel(first, node, pod, "eth0");
  await assertMatchesKernel(second, node, pod, "net1");
  assert(await pod.ping("10.22.0.1") && await pod.ping("10.23.0.1"), "a gateway does not answer");
  await succeed(target, node, "DEL", other, attachment(pod, { containerId, ifname: "net1" }));
  assertEquals(await link(pod, "net1"), undefined);
  assert(await pod.ping("10.22.0.1"), "the first interface went with the second");
});

eachTarget("the bridge keeps its MAC when pods come and go", async (target, node) => {
  const network = bridgeNetwork(node);
  const [first, second] = [attachment(await node.pod()), attachment(await node.pod())];
  await succeed(target, node, "ADD", network, first);
  const mac = (await link(node.namespace, "cni0"))?.address;
  await succeed(target, node, "ADD", network, second);
  await succeed(target, node, "DEL", network, first);
  assertEquals((await link(node.namespace, "cni0"))?.address, mac);
});
