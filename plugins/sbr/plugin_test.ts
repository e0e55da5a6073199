import { assertEquals, assertMatch } from "@std/assert";
import {
  assertEveryFaultIsUndone,
  assertReadmeIsCurrent,
  errorOf,
  type TestNode,
  testNodes,
} from "../sdk/testing/mod.ts";
import { schema } from "./config.ts";

const newNode = await testNodes(new URL("./", import.meta.url));

/** A pod with two interfaces: the second one has no default route in the main table yet. */
function twoInterfaces(node: TestNode) {
  const first = node.pod("pod1");
  const second = node.pod("pod1", { ifname: "net1" });
  first.attached({ addresses: ["10.1.0.5/24"], gateways: ["10.1.0.1"] });
  return { first, second };
}

/** Routes and rules of the pod. */
const routing = (node: TestNode) =>
  node.state().filter((line) => /^pod1: (route|rule)/.test(line)).map((line) => line.slice("pod1: ".length));

Deno.test("ADD moves the interface's routes into a table for each address, and hands the result on", async () => {
  using node = newNode();
  const { second } = twoInterfaces(node);
  const before = routing(node);
  const given = second.attached({ addresses: ["10.2.0.5/24", "fd00:2::5/64"], gateways: ["fd00:2::1"] });
  second.functions.routes.add("container", { dst: "10.9.0.0/16", gateway: "10.2.0.9", mtu: 1300, onlink: false });
  assertEquals(await second.add(), given);
  assertEquals(
    routing(node).toSorted(),
    [
      ...before,
      "route 10.2.0.0/24 dev net1 src 10.2.0.5 table 100",
      "route 10.9.0.0/16 via 10.2.0.9 dev net1 mtu 1300 table 100",
      "route fd00:2::/64 dev net1 metric 256 table 101",
      "route ::/0 via fd00:2::1 dev net1 metric 1024 table 101",
      "rule from 10.2.0.5/32 lookup 100 priority 32765",
      "rule from fd00:2::5/128 lookup 101 priority 32765",
    ].toSorted(),
  );
  const linkLocal = second.functions.routes.listAll("container").filter(({ dst }) => dst === "fe80::/64");
  assertEquals(linkLocal.map(({ table }) => table), [101]);
});

Deno.test("ADD adds a default route by the address's gateway, which the main table need not have", async () => {
  using node = newNode();
  const { first, second } = twoInterfaces(node);
  const given = second.attached({ addresses: ["10.2.0.5/24"] });
  await second.add({ prevResult: { ...given, ips: [{ ...given.ips![0], gateway: "10.2.0.1" }] } });
  assertEquals(routing(node).filter((line) => line.endsWith("table 100")), [
    "route 10.2.0.0/24 dev net1 src 10.2.0.5 table 100",
    "route 0.0.0.0/0 via 10.2.0.1 dev net1 table 100",
  ]);
  // The first interface as well: its default route is there once.
  await first.add();
  assertEquals(routing(node).filter((line) => line.endsWith("table 101")), [
    "route 10.1.0.0/24 dev eth0 src 10.1.0.5 table 101",
    "route 0.0.0.0/0 via 10.1.0.1 dev eth0 table 101",
  ]);
  assertEquals(routing(node).filter((line) => line.startsWith("route") && !line.includes("table")), []);
});

Deno.test("a table is free if no rule leads to it and no route is in it", async () => {
  using node = newNode();
  const { first, second } = twoInterfaces(node);
  first.functions.rules.add("container", { family: "ipv6", table: 100, more: false });
  first.functions.routes.add("container", { dst: "10.8.0.0/16", link: "eth0", table: 101, onlink: false });
  second.attached({ addresses: ["10.2.0.5/24"] });
  await second.add();
  assertEquals(routing(node).filter((line) => line.includes("10.2.0.5/32")), [
    "rule from 10.2.0.5/32 lookup 102 priority 32765",
  ]);
});

Deno.test("addresses of one network share its routes; a gateway that lies elsewhere serves all", async () => {
  using node = newNode();
  const pod = node.pod("pod1");
  pod.attached({ addresses: ["10.2.0.5/24", "10.2.0.6/24"] });
  const { routes } = pod.functions;
  routes.add("container", { dst: "169.254.1.1/32", link: "eth0", onlink: false });
  routes.add("container", { dst: "0.0.0.0/0", gateway: "169.254.1.1", link: "eth0", onlink: false });
  await pod.add();
  for (const table of [100, 101]) {
    assertEquals(routing(node).filter((line) => line.endsWith(`table ${table}`)).toSorted(), [
      `route 0.0.0.0/0 via 169.254.1.1 dev eth0 table ${table}`,
      `route 10.2.0.0/24 dev eth0 src 10.2.0.5 table ${table}`,
      `route 169.254.1.1/32 dev eth0 table ${table}`,
    ]);
  }
});

Deno.test("table: rules alone, to that table", async () => {
  using node = newNode();
  const { second } = twoInterfaces(node);
  second.attached({ addresses: ["10.2.0.5/24", "fd00:2::5/64"] });
  const before = routing(node);
  await second.add({ table: 7000 });
  const rules = routing(node).filter((line) => !before.includes(line));
  assertEquals(rules, [
    "rule from 10.2.0.5/32 lookup 7000 priority 32765",
    "rule from fd00:2::5/128 lookup 7000 priority 32765",
  ]);
  await second.check({ table: 7000 });
  await second.del({ table: 7000 });
  assertEquals(routing(node), before);
});

Deno.test("DEL removes the rules: twice, without a namespace, without prevResult, and those of another's ADD", async () => {
  using node = newNode();
  const { second } = twoInterfaces(node);
  second.attached({ addresses: ["10.2.0.5/24"] });
  const rules = () => routing(node).filter((line) => line.startsWith("rule"));
  const given = second.result;
  await second.add();
  second.result = undefined;
  await second.del();
  await second.del();
  assertEquals(rules(), []);
  second.functions.rules.add("container", { family: "ipv4", source: "10.2.0.5/32", table: 100, more: false });
  second.functions.rules.add("container", { family: "ipv4", source: "10.2.0.6/32", table: 100, more: false });
  await second.del({ prevResult: given });
  assertEquals(rules(), ["rule from 10.2.0.6/32 lookup 100 priority 32764"]);
  second.end();
  await second.del({ prevResult: given });
});

Deno.test("CHECK succeeds after ADD, and names what is missing", async () => {
  using node = newNode();
  const pod = node.pod("pod1");
  pod.attached({ addresses: ["10.2.0.5/24"], gateways: ["10.2.0.1"] });
  await pod.add();
  await pod.check();
  const { routes, rules } = pod.functions;
  const refused = async () => (await errorOf(pod.check())).message;
  routes.remove("container", { dst: "0.0.0.0/0", gateway: "10.2.0.1", table: 100, onlink: false });
  assertMatch(
    await refused(),
    /route to 0.0.0.0\/0 via 10.2.0.1 \(container\) is gone.*table 100 has no default route/,
  );
  routes.remove("container", { dst: "10.2.0.0/24", link: "eth0", table: 100, onlink: false });
  assertMatch(await refused(), /table 100 has no route by eth0 for 10.2.0.5\/24/);
  rules.remove("container", { family: "ipv4", source: "10.2.0.5/32", table: 100, more: false });
  assertMatch(await refused(), /rule from 10.2.0.5\/32 lookup 100 \(container\) is gone/);
  assertMatch(await refused(), /no rule leads what 10.2.0.5\/32 sends to a table of its own/);
});

Deno.test("after bridge, in one chain: CHECK of all, and DEL leaves nothing", async () => {
  using node = newNode();
  const before = node.state();
  const pod = node.pod("pod1");
  const ipam = {
    type: "host-local",
    ranges: [[{ subnet: "10.2.0.0/24" }], [{ subnet: "fd00:2::/64" }]],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }, { dst: "10.77.5.5/16" }],
  };
  const chain = { plugins: [{ type: "bridge", isGateway: true, ipam }, { type: "sbr" }] };
  await pod.add(chain);
  assertEquals(routing(node).filter((line) => line.startsWith("route") && !line.includes("table")), []);
  await pod.check(chain);
  await pod.del(chain);
  assertEquals(
    node.state().filter((line) => line.startsWith("pod1")),
    before.filter((line) => line.startsWith("pod1")),
  );
});

Deno.test("refused: no prevResult, no address, a table that is none", async () => {
  using node = newNode();
  const pod = node.pod("pod1");
  const { code, message } = await errorOf(pod.add());
  assertEquals(code, 7);
  assertMatch(message, /prevResult is missing.*a plugin that makes the interface has to come before/);
  const given = pod.attached({ addresses: ["10.2.0.5/24"], gateways: ["10.2.0.1"] });
  const before = routing(node);
  assertMatch((await errorOf(pod.add({ prevResult: { ...given, ips: [] } }))).message, /has no address of eth0/);
  const other = { ...given, ips: [{ ...given.ips![0], interface: 0 }] };
  assertMatch((await errorOf(pod.add({ prevResult: other }))).message, /has no address of eth0/);
  assertMatch(
    (await errorOf(pod.add({ table: 0 }))).message,
    /table must be an integer from 1 to 4294967295, but is 0/,
  );
  assertEquals(routing(node), before);
});

Deno.test("STATUS says what the kernel lacks", async () => {
  using node = newNode();
  await node.status();
  node.lacks("rules");
  const { code, details } = await errorOf(node.status());
  assertEquals(code, 50);
  assertMatch(details, /CONFIG_IP_MULTIPLE_TABLES/);
});

Deno.test("whichever host call fails, the error says so, and nothing is left", async () => {
  await assertEveryFaultIsUndone(() => {
    const node = newNode();
    const { second } = twoInterfaces(node);
    second.attached({ addresses: ["10.2.0.5/24", "fd00:2::5/64"], gateways: ["fd00:2::1"] });
    return { node, run: () => second.add() };
  });
});

Deno.test("the README has the options as they are", async () => {
  await assertReadmeIsCurrent(new URL("README.md", import.meta.url), schema);
});
