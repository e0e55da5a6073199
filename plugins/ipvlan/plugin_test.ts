import { assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  type Config,
  errorOf,
  testNodes,
} from "../sdk/testing/mod.ts";
import { withUplink } from "../sdk/testing/uplink.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL(".", import.meta.url));
const ranges = [[{ subnet: "192.0.2.0/24" }], [{ subnet: "2001:db8::/64" }]];
const config = { ipam: { type: "host-local", ranges, routes: [{ dst: "0.0.0.0/0" }] } };

Deno.test("ADD: dual stack, with the MAC address of the default route's interface", async () => {
  using node = withUplink(newNode(), { mtu: 1400 });
  const pod = node.pod("a");
  const before = node.state();
  const { interfaces, ips } = await pod.add(config);
  const { mac } = node.functions.links.get("host", "uplink");
  assertEquals(interfaces, [{ name: "eth0", mac, mtu: 1400, sandbox: "/run/netns-in-memory/a" }]);
  assertEquals(ips?.map((ip) => [ip.address, ip.interface]), [["192.0.2.2/24", 0], ["2001:db8::2/64", 0]]);
  const lines = node.state().filter((line) => line.startsWith("a: ")).join("\n");
  assertMatch(lines, /a: eth0 ipvlan up .*192.0.2.2\/24 2001:db8::2\/64/);
  assertMatch(lines, /route 0\.0\.0\.0\/0 via 192\.0\.2\.1/);
  await pod.check(config);
  assertMatch((await errorOf(pod.check({ ...config, mode: "l3" }))).message, /has mode l2, not l3/);
  await pod.del(config);
  await pod.del(config);
  assertEquals(node.state(), before);
});

Deno.test("chained: on the interface of prevResult, with its addresses", async () => {
  using node = withUplink(newNode());
  const pod = node.pod("a");
  const prevResult = {
    cniVersion: "1.1.0",
    interfaces: [{ name: "uplink" }],
    ips: [{ address: "192.0.2.7/24", gateway: "192.0.2.1", interface: 0 }],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const result = await pod.add({ mode: "l3s", mtu: 1300, prevResult });
  assertEquals(result.interfaces?.map(({ name, mtu }) => [name, mtu]), [["eth0", 1300]]);
  assertEquals([result.ips, result.routes], [prevResult.ips, prevResult.routes]);
  assertEquals(pod.functions.links.getChild("container", "eth0"), { tag: "ipvlan", val: "l3s" });
  await pod.check({ mode: "l3s", mtu: 1300 });
  await pod.del({ mode: "l3s", prevResult });
  assertEquals(pod.functions.links.list("container").map(({ name }) => name), ["lo"]);
  const two = { ...prevResult, interfaces: [{ name: "uplink" }, { name: "switch" }] };
  const { code, message } = await errorOf(pod.add({ prevResult: two }));
  assertEquals([code, message.includes("not one interface that could be it, but uplink, switch")], [7, true]);
});

Deno.test("refused: neither ipam nor prevResult, a master that is missing or has macvlans, an MTU above its own", async () => {
  using node = withUplink(newNode());
  const refused = async (own: Config) => {
    const { code, message } = await errorOf(node.pod("a").add(own));
    return `${code}: ${message}`;
  };
  assertMatch(await refused({}), /^7: .*ipam.type is missing, and there is no prevResult/);
  assertMatch(await refused({ ...config, master: "nic9" }), /^5: .*put eth0 of container a on nic9.*no such link/);
  assertMatch(await refused({ ...config, mtu: 1501 }), /^7: .*above the 1500 of its parent uplink/);
  assertMatch(await refused({ ...config, mode: "bridge" }), /^7: .*mode must be "l2", "l3" or "l3s"/);
  await node.pod("b").add({ type: "macvlan", ipam: config.ipam });
  assertMatch(await refused(config), /^11: .*nor can a link that has children of another kind/);
});

Deno.test("a kernel without ipvlan: STATUS and ADD say so, and what to do", async () => {
  using node = withUplink(newNode());
  await node.status(config);
  assertMatch((await errorOf(node.status({ ...config, master: "gone" }))).message, /no interface gone/);
  const before = node.state();
  node.lacks("ipvlan");
  const status = await errorOf(node.status(config));
  assertEquals([status.code, status.details], [50, "try: modprobe ipvlan"]);
  const { code, message } = await errorOf(node.pod("a").add(config));
  assertEquals(code, 50);
  assertMatch(message, /makes no links of kind ipvlan.*modprobe ipvlan.*CONFIG_IPVLAN/);
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
