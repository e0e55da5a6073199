import { assert, assertEquals } from "@std/assert";
import { assertEveryFailureIsAnError, failureOf, FakeHost, loadPlugin } from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const V4 = { subnet: "10.1.0.0/29" };
const V6 = { subnet: "fd00:1::/64", gateway: "fd00:1::99" };

function config(ipam: object, more: object = {}) {
  return { type: "bridge", bridge: "br9", ...more, ipam: { type: "host-local", ...ipam } };
}

Deno.test("the component imports what its manifest names, and nothing else", () => {
  const manifest = JSON.parse(Deno.readTextFileSync(new URL("./plugin.json", import.meta.url)));
  assertEquals(plugin.imports.filter((name) => name !== "types").toSorted(), manifest.imports.toSorted());
});

Deno.test("ADD: one address of each range set, with gateway and routes", () => {
  const host = new FakeHost();
  const routes = [{ dst: "0.0.0.0/0" }, { dst: "10.9.0.0/16", gw: "10.1.0.3", mtu: 1400, priority: 5 }];
  const result = plugin.add(host, config({ ranges: [[V4], [V6]], routes }));
  assertEquals(result.ips.map(({ address, gateway }) => [address, gateway]), [
    ["10.1.0.2/29", "10.1.0.1"],
    ["fd00:1::1/64", "fd00:1::99"],
  ]);
  assertEquals(result.routes.map(({ dst, gw, mtu, priority }) => [dst, gw, mtu, priority]), [
    ["0.0.0.0/0", undefined, undefined, undefined],
    ["10.9.0.0/16", "10.1.0.3", 1400, 5],
  ]);
  assertEquals(result.interfaces, []);
  assertEquals(host.pools[0]!.ranges, [{
    subnet: "10.1.0.0/29",
    first: "10.1.0.1",
    last: "10.1.0.6",
    gateway: "10.1.0.1",
  }]);
  assertEquals([host.pools[0]!.domain, host.pools[1]!.index], ["br9", 1]);
});

Deno.test("the range at the top of ipam comes before ranges, runtimeConfig.ipRanges before both", () => {
  const host = new FakeHost();
  const ipRanges = [[{ subnet: "10.3.0.0/24" }]];
  const top = { subnet: "10.2.0.0/24", rangeStart: "10.2.0.7", rangeEnd: "10.2.0.9", gateway: "10.2.0.254" };
  const result = plugin.add(host, config({ ...top, ranges: [[V4]] }, { runtimeConfig: { ipRanges } }));
  assertEquals(result.ips.map((ip) => ip.address), ["10.3.0.2/24", "10.2.0.7/24", "10.1.0.2/29"]);
  assertEquals(result.ips[1]!.gateway, "10.2.0.254");
});

Deno.test("a range set goes on to its next range, and says when it is exhausted", () => {
  const host = new FakeHost();
  const two = config({
    ranges: [[{ ...V4, rangeStart: "10.1.0.2", rangeEnd: "10.1.0.2" }, { subnet: "10.2.0.0/30" }]],
  });
  assertEquals(plugin.add(host, two).ips[0]!.address, "10.1.0.2/29");
  assertEquals(plugin.add(host, two, { containerId: "pod2" }).ips[0]!.address, "10.2.0.2/30");
  const failure = failureOf(() => plugin.add(host, two, { containerId: "pod3" }));
  assertEquals(failure.code, 50);
  assert(failure.message.includes("ipam.ranges[0] (10.1.0.0/29, 10.2.0.0/30)"), failure.message);
});

Deno.test("dataDir and cooldownSeconds reach the pool; domain is the type where no bridge is named", () => {
  const host = new FakeHost();
  plugin.add(host, { type: "ptp", ipam: { ...V4, dataDir: "/run/leases", cooldownSeconds: 60 } });
  const { store, cooldown, domain } = host.pools[0]!;
  assertEquals([store, cooldown, domain], ["/run/leases", 60, "ptp"]);
});

Deno.test("requests: CNI_ARGS, args.cni.ips and runtimeConfig.ips; each must be used", () => {
  const of = (more: object, args: [string, string][] = []) =>
    plugin.add(new FakeHost(), config({ ranges: [[V4], [V6]] }, more), { args }).ips.map((ip) => ip.address);
  assertEquals(of({}, [["IP", "10.1.0.5"]]), ["10.1.0.5/29", "fd00:1::1/64"]);
  assertEquals(of({ args: { cni: { ips: ["10.1.0.4/29"] } } }), ["10.1.0.4/29", "fd00:1::1/64"]);
  assertEquals(of({ runtimeConfig: { ips: ["fd00:1:0::7", "10.1.0.3"] } }), ["10.1.0.3/29", "fd00:1::7/64"]);
  assertEquals(of({ runtimeConfig: { ips: ["10.1.0.3"] } }, [["IP", "10.1.0.3"]]), ["10.1.0.3/29", "fd00:1::1/64"]);
  const unused = failureOf(() => of({ runtimeConfig: { ips: ["10.1.0.3", "10.1.0.4"] } }));
  assert(unused.message.includes("Cannot lease 10.1.0.4"), unused.message);
  assert(failureOf(() => of({}, [["IP", "10.7.0.1"]])).message.includes("10.7.0.1"));
  assert(failureOf(() => of({}, [["IP", "x"]])).message.includes("IP of CNI_ARGS"));
});

Deno.test("requests: a taken address names its holder, the gateway is refused", () => {
  const host = new FakeHost();
  const asked = config(V4, { runtimeConfig: { ips: ["10.1.0.3"] } });
  plugin.add(host, asked);
  const taken = failureOf(() => plugin.add(host, asked, { containerId: "pod2" }));
  assertEquals(taken.code, 101);
  assert(taken.message.includes("10.1.0.3") && taken.message.includes("pod1/eth0"), taken.message);
  const gateway = failureOf(() => plugin.add(new FakeHost(), config(V4, { runtimeConfig: { ips: ["10.1.0.1"] } })));
  assertEquals(gateway.code, 7);
});

Deno.test("a second ADD of the same attachment is an error", () => {
  const host = new FakeHost();
  plugin.add(host, config(V4));
  assertEquals(failureOf(() => plugin.add(host, config(V4))).code, 101);
});

Deno.test("resolvConf: its settings are the result's; a missing file is an error", () => {
  const host = new FakeHost();
  host.resolvConf = { nameservers: ["9.9.9.9"], search: ["a.example"], options: ["ndots:2"], domain: "example" };
  assertEquals(plugin.add(host, config({ ...V4, resolvConf: "/etc/resolv.conf" })).dns, host.resolvConf);
  const failure = failureOf(() => plugin.add(new FakeHost(), config({ ...V4, resolvConf: "/none" })));
  assert(failure.message.includes("/none"), failure.message);
});

Deno.test("CHECK: the leases of prevResult are held", () => {
  const host = new FakeHost();
  const prevResult = plugin.add(host, config(V4));
  plugin.check(host, config(V4), { prevResult });
  host.leases.length = 0;
  const failure = failureOf(() => plugin.check(host, config(V4), { prevResult }));
  assertEquals(failure.code, 100);
  assert(failure.message.includes("10.1.0.2"), failure.message);
});

Deno.test("DEL, GC: leases go, also with ranges that have become invalid; twice", () => {
  const host = new FakeHost();
  plugin.add(host, config(V4));
  plugin.add(host, config(V4), { containerId: "pod2" });
  plugin.del(host, config({ subnet: "nonsense" }), { containerId: "pod1" });
  plugin.del(host, config(V4));
  assertEquals(host.leases.map((lease) => lease.owner), ["pod2/eth0"]);
  plugin.gc(host, config(V4), [{ containerId: "pod2", ifname: "eth0" }]);
  assertEquals(host.leases.length, 1);
  plugin.gc(host, config(V4), []);
  assertEquals(host.leases, []);
});

Deno.test("STATUS: exhaustion with counts and holders", () => {
  const host = new FakeHost();
  const small = config({ subnet: "10.1.0.0/30" });
  plugin.status(host, small);
  plugin.add(host, small);
  const failure = failureOf(() => plugin.status(host, small));
  assertEquals([failure.code, failure.details], [50, "pod1/eth0"]);
  assert(failure.message.includes("1 of 1"), failure.message);
});

Deno.test("whichever host call fails, an error says so", () => {
  const dual = config({ ranges: [[V4], [V6]], resolvConf: "/etc/resolv.conf" });
  const host = () => Object.assign(new FakeHost(), { resolvConf: { nameservers: [], search: [], options: [] } });
  assertEveryFailureIsAnError({ plugin, host, run: (p, one) => p.add(one, dual) });
  assertEveryFailureIsAnError({ plugin, host, run: (p, one) => p.del(one, dual) });
  assertEveryFailureIsAnError({ plugin, host, run: (p, one) => p.gc(one, dual, []) });
  assertEveryFailureIsAnError({ plugin, host, run: (p, one) => p.status(one, dual) });
});

const BAD: [ipam: object, words: string][] = [
  [{}, "names no range"],
  [{ ranges: [[]] }, "ipam.ranges[0] must have a range"],
  [{ subnet: "10.1" }, 'ipam.subnet must be CIDR notation, as 10.1.0.0/16, but is "10.1"'],
  [{ subnet: "10.1.0.5/24" }, "ipam.subnet has host bits set: 10.1.0.5/24, the network is 10.1.0.0/24"],
  [{ subnet: "10.1.0.0/31" }, "too small"],
  [{ subnet: "fd00::/127" }, "too small"],
  [
    { ranges: [[V4, { ...V4, subnet: "10.2.0.0/24", rangeStart: "10.3.0.1" }]] },
    "ipam.ranges[0][1].rangeStart is outside",
  ],
  [
    { ranges: [[{ ...V4, rangeEnd: "10.1.0.9" }]] },
    "ipam.ranges[0][0].rangeEnd is outside of subnet 10.1.0.0/29: 10.1.0.9",
  ],
  [{ ranges: [[{ ...V4, rangeStart: "x" }]] }, 'ipam.ranges[0][0].rangeStart must be an IP address, but is "x"'],
  [{ ranges: [[{ ...V4, rangeStart: "10.1.0.5", rangeEnd: "10.1.0.4" }]] }, "10.1.0.5 is after 10.1.0.4"],
  [{ ranges: [[V4, V6]] }, "ipam.ranges[0] mixes address families"],
  [{ ranges: [[V4, { subnet: "10.1.0.0/24" }]] }, "ipam.ranges[0][0] overlaps ipam.ranges[0][1]"],
  [{ ranges: [[V4], [{ subnet: "10.1.0.0/24" }]] }, "ipam.ranges[0] overlaps ipam.ranges[1]"],
  [{ ranges: [[{}]] }, "ipam.ranges[0][0].subnet is missing"],
  [{ ...V4, gateway: "fd00::1" }, "ipam.gateway is not of the family"],
  [{ ...V4, routes: [{ gw: "10.1.0.1" }] }, "ipam.routes[0].dst is missing"],
  [{ ...V4, cooldownSeconds: -1 }, "ipam.cooldownSeconds must be an integer"],
];

for (const [ipam, words] of BAD) {
  Deno.test(`configuration is refused, naming the key: ${JSON.stringify(ipam)}`, () => {
    const failure = failureOf(() => plugin.add(new FakeHost(), config(ipam)));
    assertEquals(failure.code, 7);
    assert(failure.message.includes(words), failure.message);
  });
}

Deno.test("configuration: ipam is missing; two addresses of a family before 0.3.0", () => {
  assert(failureOf(() => plugin.add(new FakeHost(), { type: "bridge" })).message.includes("ipam is missing"));
  const old = { cniVersion: "0.2.0", ...config({ ranges: [[V4], [{ subnet: "10.2.0.0/24" }]] }) };
  assert(failureOf(() => plugin.add(new FakeHost(), old)).message.includes("0.2.0"));
});
