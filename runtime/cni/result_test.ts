import { assertEquals, assertThrows } from "@std/assert";
import type { CniResult } from "cnidaria:cni/types@0.3.0";
import fc from "fast-check";
import { CniFailure } from "./failure.ts";
import { resultFromJson, resultToJson } from "./result.ts";
import { CNI_VERSIONS, type CniVersion } from "./version.ts";

const NETNS = "/run/netns/pod";

const FULL: CniResult = {
  interfaces: [
    { name: "cni0", mac: "0a:00:00:00:00:01", sandbox: { tag: "host" } },
    { name: "eth0", mac: "0a:00:00:00:00:02", mtu: 1400, sandbox: { tag: "container" } },
    { name: "vhost0", sandbox: { tag: "other", val: "/run/vm" }, socketPath: "/run/vhost.sock", pciId: "0000:00:1f.6" },
  ],
  ips: [
    { address: "10.1.0.5/16", gateway: "10.1.0.1", interface: 1 },
    { address: "2001:db8::5/64", gateway: "2001:db8::1", interface: 1 },
  ],
  routes: [
    { dst: "0.0.0.0/0", gw: "10.1.0.1", mtu: 1400, advmss: 1360, priority: 10, table: 100, scope: 253 },
    { dst: "::/0" },
  ],
  dns: { nameservers: ["10.1.0.1"], domain: "local", search: ["a.local"], options: ["ndots:5"] },
};

const INTERFACES_1_0 = [
  { name: "cni0", mac: "0a:00:00:00:00:01" },
  { name: "eth0", mac: "0a:00:00:00:00:02", sandbox: NETNS },
  { name: "vhost0", sandbox: "/run/vm" },
];
const IPS_1_0 = [
  { interface: 1, address: "10.1.0.5/16", gateway: "10.1.0.1" },
  { interface: 1, address: "2001:db8::5/64", gateway: "2001:db8::1" },
];
const ROUTES_1_0 = [{ dst: "0.0.0.0/0", gw: "10.1.0.1" }, { dst: "::/0" }];
const IPS_0_3 = IPS_1_0.map((ip, index) => ({ version: index === 0 ? "4" : "6", ...ip }));
const DNS = FULL.dns;
const LEGACY = {
  ip4: { ip: "10.1.0.5/16", gateway: "10.1.0.1", routes: [ROUTES_1_0[0]] },
  ip6: { ip: "2001:db8::5/64", gateway: "2001:db8::1", routes: [ROUTES_1_0[1]] },
  dns: DNS,
};

const JSON_OF: Record<CniVersion, Record<string, unknown>> = {
  "0.1.0": LEGACY,
  "0.2.0": LEGACY,
  "0.3.0": { interfaces: INTERFACES_1_0, ips: IPS_0_3, routes: ROUTES_1_0, dns: DNS },
  "0.3.1": { interfaces: INTERFACES_1_0, ips: IPS_0_3, routes: ROUTES_1_0, dns: DNS },
  "0.4.0": { interfaces: INTERFACES_1_0, ips: IPS_0_3, routes: ROUTES_1_0, dns: DNS },
  "1.0.0": { interfaces: INTERFACES_1_0, ips: IPS_1_0, routes: ROUTES_1_0, dns: DNS },
  "1.1.0": {
    interfaces: [
      INTERFACES_1_0[0],
      { ...INTERFACES_1_0[1], mtu: 1400 },
      { ...INTERFACES_1_0[2], socketPath: "/run/vhost.sock", pciID: "0000:00:1f.6" },
    ],
    ips: IPS_1_0,
    routes: FULL.routes,
    dns: DNS,
  },
};

for (const version of CNI_VERSIONS) {
  Deno.test(`resultToJson() writes version ${version}`, () => {
    assertEquals(resultToJson(FULL, version, NETNS), { cniVersion: version, ...JSON_OF[version] });
  });
}

Deno.test("resultFromJson() reads back version 1.1.0 without loss", () => {
  assertEquals(resultFromJson(JSON_OF["1.1.0"], NETNS), FULL);
});

for (const version of ["0.1.0", "0.2.0"] as const) {
  Deno.test(`resultFromJson() reads version ${version}`, () => {
    assertEquals(resultFromJson({ cniVersion: version, ...LEGACY }, NETNS), {
      interfaces: [],
      ips: FULL.ips.map(({ address, gateway }) => ({ address, gateway: gateway! })),
      routes: ROUTES_1_0 as CniResult["routes"],
      dns: DNS,
    });
  });
}

Deno.test("resultToJson() leaves out what is empty", () => {
  const empty: CniResult = { interfaces: [], ips: [], routes: [], dns: { nameservers: [], search: [], options: [] } };
  assertEquals(resultToJson(empty, "1.0.0", NETNS), { cniVersion: "1.0.0" });
  assertEquals(resultFromJson({}, NETNS), empty);
  const failure = assertThrows(() => resultToJson(empty, "0.2.0", NETNS), CniFailure) as CniFailure;
  assertEquals([failure.code, failure.message.includes("0.2.0")], [7, true]);
});

for (
  const [json, key] of [
    [[], "prevResult"],
    [{ interfaces: {} }, "prevResult.interfaces"],
    [{ interfaces: [{ mac: "x" }] }, "prevResult.interfaces[0].name"],
    [{ ips: [{ address: "10.0.0.1" }] }, "prevResult.ips[0].address"],
    [{ ips: [{ address: "10.0.0.1/8", interface: -1 }] }, "prevResult.ips[0].interface"],
    [{ ips: [5] }, "prevResult.ips[0]"],
    [{ routes: [{ dst: "x/y" }] }, "prevResult.routes[0].dst"],
    [{ routes: [{ dst: "::/0", mtu: 1.5 }] }, "prevResult.routes[0].mtu"],
    [{ dns: { search: "a" } }, "prevResult.dns.search"],
    [{ ip4: { gateway: "10.0.0.1" } }, "prevResult.ip4.ip"],
  ] as const
) {
  Deno.test(`resultFromJson() names the key ${key}`, () => {
    const failure = assertThrows(() => resultFromJson(json, NETNS, "prevResult"), CniFailure) as CniFailure;
    assertEquals([failure.code, failure.message.includes(`"${key}"`)], [7, true], failure.message);
  });
}

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((it) => it.join("."));
const v6 = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map((it) =>
  it.map((group) => group.toString(16)).join(":")
);
const gateway = (address: fc.Arbitrary<string>) => fc.option(address, { nil: undefined });
const cidr = fc.oneof(
  fc.tuple(octets, fc.nat(32)).map((it) => it.join("/")),
  fc.tuple(v6, fc.nat(128)).map((it) => it.join("/")),
);
const word = fc.string({ minLength: 1 });
const number = fc.nat(0xffff_ffff);
/** Objects without the keys whose value is undefined, as JSON has them. */
const strip = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const optional = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined });
const results: fc.Arbitrary<CniResult> = fc.record({
  interfaces: fc.array(fc.record({
    name: word,
    mac: optional(word),
    mtu: optional(number),
    sandbox: fc.oneof(
      fc.constant({ tag: "host" as const }),
      fc.constant({ tag: "container" as const }),
      word.filter((it) => it !== NETNS).map((val) => ({ tag: "other" as const, val })),
    ),
    socketPath: optional(word),
    pciId: optional(word),
  })),
  ips: fc.array(fc.record({ address: cidr, gateway: gateway(octets), interface: optional(number) })),
  routes: fc.array(fc.record({
    dst: cidr,
    gw: optional(octets),
    mtu: optional(number),
    advmss: optional(number),
    priority: optional(number),
    table: optional(number),
    scope: optional(number),
  })),
  dns: fc.record({
    nameservers: fc.array(fc.string()),
    domain: optional(word),
    search: fc.array(fc.string()),
    options: fc.array(fc.string()),
  }),
}).map((it) => strip(it) as CniResult);

Deno.test("a result of version 1.1.0 survives the way to JSON and back", () => {
  fc.assert(fc.property(results, (result) => {
    const json = strip(resultToJson(result, "1.1.0", NETNS));
    assertEquals(resultFromJson(json, NETNS), result);
  }));
});

for (const version of CNI_VERSIONS) {
  Deno.test(`JSON of version ${version} survives the way to a result and back`, () => {
    fc.assert(fc.property(results.filter((it) => it.ips.length > 0), (result) => {
      const json = strip(resultToJson(result, version, NETNS));
      assertEquals(strip(resultToJson(resultFromJson(json, NETNS), version, NETNS)), json);
    }));
  });
}

Deno.test("resultFromJson() reads or refuses with code 7, whatever it gets", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ ips: fc.jsonValue(), routes: fc.jsonValue() })), (json) => {
      try {
        resultFromJson(json, NETNS);
      } catch (error) {
        if (!(error instanceof CniFailure)) throw error;
        assertEquals(error.code, 7);
      }
    }),
  );
});
