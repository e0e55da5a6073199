import { assert, assertEquals } from "@std/assert";
import { failureOf, FakeHost, loadPlugin } from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const ADDRESSES = [{ address: "10.1.0.5/16", gateway: "10.1.0.1" }, { address: "fd00:1:0::5/64" }];

function add(ipam: object, more: object = {}, args: [string, string][] = []) {
  return plugin.add(new FakeHost(), { type: "bridge", ...more, ipam: { type: "static", ...ipam } }, { args });
}

Deno.test("the component imports no host function", () => {
  assertEquals(plugin.imports.filter((name) => name !== "types"), []);
});

Deno.test("ADD: addresses, routes and dns as configured", () => {
  const routes = [{ dst: "0.0.0.0/0", gw: "10.1.0.1" }];
  const result = add({ addresses: ADDRESSES, routes, dns: { nameservers: ["9.9.9.9"] } });
  assertEquals(result.ips.map((ip) => [ip.address, ip.gateway]), [["10.1.0.5/16", "10.1.0.1"], [
    "fd00:1::5/64",
    undefined,
  ]]);
  assertEquals(result.routes.map((route) => [route.dst, route.gw]), [["0.0.0.0/0", "10.1.0.1"]]);
  assertEquals(result.dns.nameservers, ["9.9.9.9"]);
});

Deno.test("CNI_ARGS IP is added, GATEWAY goes to the addresses whose networks hold it", () => {
  const result = add({ addresses: [{ address: "10.2.0.5/16" }] }, {}, [
    ["IP", "10.1.0.5/16, fd00:1::5/64"],
    ["GATEWAY", "10.1.0.1,fd00:1::1"],
  ]);
  assertEquals(result.ips.map((ip) => [ip.address, ip.gateway]), [
    ["10.2.0.5/16", undefined],
    ["10.1.0.5/16", "10.1.0.1"],
    ["fd00:1::5/64", "fd00:1::1"],
  ]);
});

Deno.test("args.cni.ips takes the place of the configuration's, runtimeConfig.ips of both", () => {
  const args = { cni: { ips: ["10.3.0.1/24"] } };
  assertEquals(add({ addresses: ADDRESSES }, { args }).ips.map((ip) => ip.address), ["10.3.0.1/24"]);
  const runtimeConfig = { ips: ["10.4.0.1/24"] };
  assertEquals(add({ addresses: ADDRESSES }, { args, runtimeConfig }).ips.map((ip) => ip.address), ["10.4.0.1/24"]);
});

Deno.test("CHECK: prevResult has the addresses and gateways", () => {
  const config = { type: "bridge", ipam: { addresses: ADDRESSES } };
  const host = new FakeHost();
  const prevResult = plugin.add(host, config);
  plugin.check(host, config, { prevResult });
  const other = structuredClone(prevResult);
  other.ips[0]!.gateway = "10.1.0.9";
  other.ips.pop();
  const failure = failureOf(() => plugin.check(host, config, { prevResult: other }));
  assertEquals(failure.code, 100);
  assert(failure.message.includes("10.1.0.9") && failure.message.includes("fd00:1::5/64"), failure.message);
  assert(failureOf(() => plugin.check(new FakeHost(), config)).message.includes("prevResult is missing"));
});

const BAD: [run: () => unknown, words: string][] = [
  [() => add({}), "no address is given"],
  [() => add({ addresses: [{ address: "10.1.0.5" }] }), "ipam.addresses[0].address must be CIDR notation"],
  [
    () => add({ addresses: [{ address: "10.1.0.5/16", gateway: "x" }] }),
    "ipam.addresses[0].gateway must be an IP address",
  ],
  [() => add({ addresses: ADDRESSES }, {}, [["IP", "10.1.0.5"]]), "IP of CNI_ARGS"],
  [() => add({ addresses: ADDRESSES }, {}, [["GATEWAY", "x"]]), "GATEWAY of CNI_ARGS"],
  [() => add({ addresses: ADDRESSES }, { runtimeConfig: { ips: ["x"] } }), "runtimeConfig.ips[0]"],
  [() => add({ addresses: [ADDRESSES[0], { address: "10.9.0.1/24" }] }, { cniVersion: "0.1.0" }), "several IPv4"],
];

for (const [index, [run, words]] of BAD.entries()) {
  Deno.test(`configuration is refused, naming the key: ${index} ${words}`, () => {
    const failure = failureOf(run);
    assertEquals(failure.code, 7);
    assert(failure.message.includes(words), failure.message);
  });
}

Deno.test("DEL, GC, STATUS succeed; STATUS sees a bad configuration", () => {
  const host = new FakeHost();
  plugin.del(host, { ipam: {} });
  plugin.gc(host, { ipam: {} }, []);
  plugin.status(host, { ipam: { addresses: ADDRESSES } });
  assertEquals(failureOf(() => plugin.status(host, { ipam: { addresses: [{}] } })).code, 7);
});
