import { assertEquals, assertMatch } from "@std/assert";
import { assertEveryFaultIsUndone, assertReadmeIsCurrent, errorOf, testNodes } from "../sdk/testing/mod.ts";
import { withUplink } from "../sdk/testing/uplink.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));
const addresses = [{ address: "192.0.2.7/24", gateway: "192.0.2.1" }, { address: "2001:db8::7/64" }];
const ipam = { type: "static", addresses, routes: [{ dst: "0.0.0.0/0" }] };
const config = { master: "uplink", vlanId: 5, ipam };

Deno.test("ADD: dual stack, on the VLAN, with the parent's MTU and MAC address", async () => {
  using node = withUplink(newNode(), { mtu: 1400 });
  const pod = node.pod("a");
  const before = node.state();
  const { interfaces, ips } = await pod.add(config);
  const { mac } = node.functions.links.get("host", "uplink");
  assertEquals(interfaces, [{ name: "eth0", mac, mtu: 1400, sandbox: "/run/netns-in-memory/a" }]);
  assertEquals(ips?.map((ip) => [ip.address, ip.interface]), [["192.0.2.7/24", 0], ["2001:db8::7/64", 0]]);
  assertEquals(pod.functions.links.getChild("container", "eth0"), { tag: "vlan", val: 5 });
  await pod.check(config);
  assertMatch((await errorOf(pod.check({ ...config, vlanId: 6 }))).message, /has VLAN 5, not 6/);
  await pod.del(config);
  await pod.del(config);
  assertEquals(node.state(), before);
});

Deno.test("linkInContainer: on an interface of the pod", async () => {
  using node = newNode();
  const pod = node.pod("a", { ifname: "net1" });
  pod.functions.links.createVeth({ peerNs: "container", peerName: "eth0", name: "v0" });
  for (const [ns, name] of [["host", "v0"], ["container", "eth0"]] as const) {
    pod.functions.links.set(ns, name, { up: true });
  }
  const own = { ...config, master: "eth0", linkInContainer: true, mtu: 1300 };
  await node.status(own);
  await pod.add(own);
  const { links } = pod.functions;
  assertEquals(links.get("container", "net1").peerIndex, links.get("container", "eth0").index);
  await pod.check(own);
  await pod.del(own);
  assertEquals(links.list("container").map(({ name }) => name).toSorted(), ["eth0", "lo"]);
});

Deno.test("refused: keys that are missing, a VLAN that is taken, a parent that is missing or down, an MTU above its own", async () => {
  using node = withUplink(newNode());
  const refused = async (own: object) => {
    const { code, message } = await errorOf(node.pod("a").add({ ...config, ...own }));
    return `${code}: ${message}`;
  };
  assertMatch(await refused({ master: undefined }), /^7: .*master is missing/);
  assertMatch(await refused({ vlanId: undefined }), /^7: .*vlanId is missing/);
  assertMatch(await refused({ vlanId: 4095 }), /^7: .*vlanId must be an integer from 0 to 4094/);
  assertMatch(await refused({ ipam: {} }), /^7: .*ipam.type is missing/);
  assertMatch(await refused({ master: "nic9" }), /^5: .*put eth0 of container a on VLAN 5 of nic9.*no such link/);
  assertMatch(await refused({ mtu: 1501 }), /^7: .*above the 1500 of its parent uplink/);
  await node.pod("b").add(config);
  assertMatch(await refused({}), /^5: .*another device, maybe in another container, has VLAN 5/);
  node.functions.links.set("host", "uplink", { up: false });
  assertMatch(await refused({ vlanId: 6 }), /^5: .*as uplink is down/);
});

Deno.test("a kernel without VLANs: STATUS and ADD say so, and what to do", async () => {
  using node = withUplink(newNode());
  await node.status(config);
  assertMatch((await errorOf(node.status({ ...config, master: "gone" }))).message, /no interface gone/);
  const before = node.state();
  node.lacks("vlan");
  const status = await errorOf(node.status(config));
  assertEquals([status.code, status.details], [50, "try: modprobe 8021q"]);
  const { code, message } = await errorOf(node.pod("a").add(config));
  assertEquals(code, 50);
  assertMatch(message, /makes no links of kind vlan.*modprobe 8021q.*CONFIG_VLAN_8021Q/);
  assertEquals(node.state().filter((line) => !line.startsWith("a: ")), before);
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const node = withUplink(newNode());
    return { node, run: () => node.pod("a").add(config) };
  });
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
