import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  type Config,
  errorOf,
  type TestNode,
  testNodes,
} from "../sdk/testing/mod.ts";
import { withUplink } from "../sdk/testing/uplink.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));
const ranges = [[{ subnet: "192.0.2.0/24" }], [{ subnet: "2001:db8::/64" }]];
const routes = [{ dst: "0.0.0.0/0" }, { dst: "::/0" }];
const config = { ipam: { type: "host-local", ranges, routes } };
const MAC = "0a:00:00:00:00:01";

const linesOf = (node: TestNode, pod: string) => node.state().filter((line) => line.startsWith(`${pod}: `));

Deno.test("ADD: dual stack, on the default route's interface, whose MTU it has", async () => {
  using node = withUplink(newNode(), { mtu: 1400 });
  const pod = node.pod("a");
  const before = node.state();
  const { interfaces, ips, routes } = await pod.add({ ...config, mac: MAC });
  assertEquals(interfaces, [{ name: "eth0", mac: MAC, mtu: 1400, sandbox: "/run/netns-in-memory/a" }]);
  assertEquals(ips?.map((ip) => [ip.address, ip.gateway, ip.interface]), [
    ["192.0.2.2/24", "192.0.2.1", 0],
    ["2001:db8::2/64", "2001:db8::1", 0],
  ]);
  assertEquals(routes, [{ dst: "0.0.0.0/0" }, { dst: "::/0" }]);
  const lines = linesOf(node, "a").join("\n");
  assertMatch(lines, /a: eth0 macvlan up .*192.0.2.2\/24 2001:db8::2\/64/);
  assertMatch(lines, /route ::\/0 via 2001:db8::1/);
  assertEquals(pod.functions.links.getChild("container", "eth0"), { tag: "macvlan", val: "bridge" });
  assertEquals(pod.functions.sysctl.get("container", "net/ipv4/conf/eth0/arp_notify"), "1");
  await pod.check({ ...config, mac: MAC });
  await pod.del(config);
  await pod.del(config);
  assertEquals(node.state(), before);
});

Deno.test("layer 2 only: up, without addresses, in the mode that was asked for", async () => {
  using node = withUplink(newNode());
  const pod = node.pod();
  const l2 = { master: "uplink", mode: "private", mtu: 1300, bcqueuelen: 500, dns: { nameservers: ["192.0.2.53"] } };
  const result = await pod.add(l2);
  assertEquals([result.ips ?? [], result.dns], [[], { nameservers: ["192.0.2.53"] }]);
  const { up, mtu } = pod.functions.links.get("container", "eth0");
  assertEquals([up, mtu], [true, 1300]);
  assertEquals(node.calls.find((call) => call.function === "links.createMacvlanOn")?.args, [
    "host",
    { parent: "uplink", name: "eth0", mode: "private", mtu: 1300 },
    500,
  ]);
  await pod.check(l2);
  assertMatch((await errorOf(pod.check({ ...l2, mode: "vepa" }))).message, /has mode private, not vepa/);
  assertMatch((await errorOf(pod.check({ ...l2, master: "nic9" }))).message, /its master nic9 does not exist/);
  await pod.del(l2);
});

Deno.test("the MAC address: runtimeConfig, then CNI_ARGS, then mac", async () => {
  using node = withUplink(newNode());
  const args = { MAC: "0a:00:00:00:00:02" };
  const runtimeConfig = { mac: "0a:00:00:00:00:03" };
  const macOf = async (id: string, own: Config, options = {}) =>
    (await node.pod(id, options).add(own)).interfaces![0]!.mac;
  assertEquals(await macOf("a", { mac: MAC }), MAC);
  assertEquals(await macOf("b", { mac: MAC }, { args }), args.MAC);
  assertEquals(await macOf("c", { mac: MAC, runtimeConfig }, { args }), runtimeConfig.mac);
  const bad = await errorOf(node.pod("d", { args: { MAC: "no" } }).add());
  assertEquals([bad.code, bad.message.includes("MAC of CNI_ARGS")], [7, true]);
  // The kernel has each address once on a parent.
  assertMatch((await errorOf(node.pod("e").add({ mac: MAC }))).message, /bring up eth0.*the address is in use/);
});

Deno.test("linkInContainer: on an interface of the pod", async () => {
  using node = newNode();
  const pod = node.pod("a", { ifname: "net1" });
  pod.functions.links.createVeth({ peerNs: "container", peerName: "eth0", name: "v0" });
  for (const [ns, name] of [["host", "v0"], ["container", "eth0"]] as const) {
    pod.functions.links.set(ns, name, { up: true });
  }
  const own = { master: "eth0", linkInContainer: true, ipam: config.ipam };
  await pod.add(own);
  const { links } = pod.functions;
  assertEquals(links.get("container", "net1").peerIndex, links.get("container", "eth0").index);
  await node.status(own);
  await pod.check(own);
  await pod.del(own);
  assertEquals(links.list("container").map(({ name }) => name).toSorted(), ["eth0", "lo"]);
  assertMatch((await errorOf(pod.add({ linkInContainer: true }))).message, /the container has no default route/);
});

Deno.test("refused: a master that is missing or taken, an MTU above its own; nothing is left", async () => {
  using node = withUplink(newNode());
  const before = node.state();
  const refused = async (own: Config) => {
    const { code, message } = await errorOf(node.pod("a").add(own));
    return `${code}: ${message}`;
  };
  assertMatch(await refused({ master: "nic9" }), /^5: .*put eth0 of container a on nic9.*no such link/);
  assertMatch(await refused({ ...config, mtu: 1501 }), /^7: .*its MTU of 1501 is above the 1500 of its parent uplink/);
  assertMatch(await refused({ mode: "l2" }), /^7: .*mode must be "bridge"/);
  assertMatch(await refused({ master: "lo" }), /^7: .*only an Ethernet link can be a parent/);
  assertEquals(node.state().filter((line) => !/^a: |^sysctl a /.test(line)), before);
  const first = node.pod("b");
  await first.add({ mode: "passthru" });
  assertMatch(await refused({ mode: "bridge" }), /passthru has no other/);
  await first.del({ mode: "passthru" });
  await node.pod("b").add({});
});

Deno.test("CHECK names what differs; STATUS what is missing", async () => {
  using node = withUplink(newNode());
  const pod = node.pod("a");
  await pod.add(config);
  await node.status(config);
  pod.functions.addresses.remove("container", "eth0", "192.0.2.2/24");
  const { code, message } = await errorOf(pod.check({ ...config, master: "gone" }));
  assertEquals(code, 100);
  assert(/192\.0\.2\.2\/24/.test(message), message);
  assertEquals((await errorOf(node.status({ ...config, master: "gone" }))).message.includes("no interface gone"), true);
  node.lacks("macvlan");
  const missing = await errorOf(node.status(config));
  assertEquals([missing.code, missing.details], [50, "try: modprobe macvlan"]);
  const failed = await errorOf(node.pod("b").add(config));
  assertEquals(failed.code, 50);
  assertMatch(failed.message, /makes no links of kind macvlan.*modprobe macvlan/);
});

Deno.test("DEL by a configuration that has become invalid, and after the pod has gone", async () => {
  using node = withUplink(newNode());
  const before = node.state();
  const pod = node.pod("a");
  await pod.add(config);
  pod.end();
  await pod.del({ ...config, mode: "nonsense", master: "gone" });
  assertEquals(node.state(), before);
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
