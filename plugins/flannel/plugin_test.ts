import { assert, assertEquals } from "@std/assert";
import { assertEveryFailureIsAnError, dualStack, failureOf, FakeHost, loadPlugin } from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const USUAL = { type: "flannel", delegate: { hairpinMode: true, isDefaultGateway: true } };
const COMPLETE = {
  cniVersion: "0.3.1",
  name: "cbr0",
  type: "flannel",
  delegate: {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipMasq: true,
    ipam: { type: "host-local", subnet: "10.244.1.0/24" },
  },
};

function flannelHost(more: [string, string][] = []): FakeHost {
  const host = new FakeHost();
  host.delegateResult = dualStack();
  host.subnetEnv = [
    ["FLANNEL_NETWORK", "10.244.0.0/16"],
    ["FLANNEL_SUBNET", "10.244.1.1/24"],
    ["FLANNEL_MTU", "1450"],
    ["FLANNEL_IPMASQ", "true"],
    ...more,
  ];
  return host;
}

/** Plugin and configuration of the last call to `delegate`. */
function delegated(host: FakeHost): [string, Record<string, unknown>] {
  const [type, config] = host.calls.findLast((call) => call.name.startsWith("delegate."))!.args;
  return [type as string, JSON.parse(config as string)];
}

Deno.test("ADD: the delegate's configuration comes from the subnet file", () => {
  const host = flannelHost();
  assertEquals(plugin.add(host, USUAL).ips.length, 2);
  const [type, config] = delegated(host);
  assertEquals(type, "bridge");
  assertEquals(config, {
    name: "net",
    cniVersion: "1.1.0",
    type: "bridge",
    hairpinMode: true,
    isDefaultGateway: true,
    isGateway: true,
    ipMasq: false,
    mtu: 1450,
    ipam: { type: "host-local", ranges: [[{ subnet: "10.244.1.0/24" }]], routes: [{ dst: "10.244.0.0/16" }] },
  });
});

Deno.test("ADD: what the delegate names goes before the subnet file; dual stack; ipam beside it is merged", () => {
  const host = flannelHost([["FLANNEL_IPV6_NETWORK", "fd00::/48"], ["FLANNEL_IPV6_SUBNET", "fd00:0:0:1::1/64"]]);
  const delegate = { type: "ptp", mtu: 1400, ipMasq: true };
  plugin.add(host, { type: "flannel", delegate, ipam: { dataDir: "/d", routes: [{ dst: "0.0.0.0/0" }] } });
  const [type, config] = delegated(host);
  assertEquals([type, config.mtu, config.ipMasq, "isGateway" in config], ["ptp", 1400, true, false]);
  assertEquals(config.ipam, {
    type: "host-local",
    dataDir: "/d",
    ranges: [[{ subnet: "10.244.1.0/24" }], [{ subnet: "fd00:0:0:1::/64" }]],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "10.244.0.0/16" }, { dst: "fd00::/48" }],
  });
});

Deno.test("ADD: flanneld without masquerade leaves it to the delegate; runtimeConfig is passed", () => {
  const host = flannelHost([["FLANNEL_IPMASQ", "false"]]);
  plugin.add(host, { ...USUAL, runtimeConfig: { mac: "02:00:00:00:00:01" } });
  const [, config] = delegated(host);
  assertEquals([config.ipMasq, config.runtimeConfig], [true, { mac: "02:00:00:00:00:01" }]);
});

Deno.test("ADD: a delegate that names its IPAM is used as it is, without a subnet file", () => {
  const host = new FakeHost();
  plugin.add(host, COMPLETE);
  const [type, config] = delegated(host);
  assertEquals(type, "bridge");
  assertEquals(config, { ...COMPLETE.delegate, name: "cbr0", cniVersion: "0.3.1" });
});

Deno.test("a missing or half written subnet file: try again later, what to look at", () => {
  const missing = failureOf(() => plugin.add(new FakeHost(), USUAL));
  assertEquals(missing.code, 11);
  assert(missing.message.startsWith("Cannot attach yet as this node has no subnet: "), missing.message);
  const host = new FakeHost();
  host.subnetEnv = [["FLANNEL_NETWORK", "10.244.0.0/16"]];
  const half = failureOf(() => plugin.add(host, USUAL));
  assertEquals(half.code, 11);
  assert(half.message.includes("FLANNEL_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ"), half.message);
  const bad = failureOf(() => plugin.add(flannelHost([["FLANNEL_SUBNET", "x"]]), USUAL));
  assert(bad.message.includes("FLANNEL_SUBNET") && bad.code === 7, bad.message);
  assertEquals(failureOf(() => plugin.status(new FakeHost(), USUAL)).code, 11);
});

Deno.test("ADD waits for the subnet file, for as long as subnetWaitMs says; nothing else waits", () => {
  const waits = (
    config: object,
    run: (host: FakeHost, config: object) => void = (host, it) => plugin.add(host, it),
  ) => {
    const host = new FakeHost();
    try {
      run(host, config);
    } catch (error) {
      assertEquals((error as { code?: number }).code, 11);
    }
    return host.calls.filter(({ name }) => name.startsWith("config-files.")).map(({ name, args }) => [name, ...args]);
  };
  assertEquals(waits(USUAL), [["config-files.waitSubnetEnv", 5000]]);
  assertEquals(waits({ ...USUAL, subnetWaitMs: 1 }), [["config-files.waitSubnetEnv", 1]]);
  assertEquals(waits({ ...USUAL, subnetWaitMs: 0 }), [["config-files.subnetEnv"]]);
  const others = [
    (host: FakeHost, config: object) => plugin.del(host, config),
    (host: FakeHost, config: object) => plugin.check(host, config),
    (host: FakeHost, config: object) => plugin.gc(host, config, []),
    (host: FakeHost, config: object) => plugin.status(host, config),
  ];
  for (const run of others) assertEquals(waits(USUAL, run), [["config-files.subnetEnv"]]);
  assertEquals(waits(COMPLETE), []);
  const tooLong = failureOf(() => plugin.add(new FakeHost(), { ...USUAL, subnetWaitMs: 30_001 }));
  assert(tooLong.message.includes("subnetWaitMs must be an integer from 0 to 30000, but is 30001"), tooLong.message);
});

Deno.test("CHECK, DEL: with the configuration that ADD made, whatever the subnet file says now", () => {
  const host = flannelHost();
  plugin.add(host, USUAL);
  const [, made] = delegated(host);
  host.subnetEnv = undefined;
  plugin.check(host, USUAL);
  assertEquals(delegated(host)[1], made);
  plugin.del(host, USUAL);
  assertEquals(delegated(host)[1], made);
  assertEquals(host.calls.at(-1)!.name, "delegate.del");
});

Deno.test("DEL, GC: without note and subnet file there is nothing to do", () => {
  const host = new FakeHost();
  plugin.del(host, USUAL);
  plugin.gc(host, USUAL, []);
  assertEquals(host.callNames("delegate"), []);
  plugin.gc(host, COMPLETE, []);
  plugin.status(host, COMPLETE);
  assertEquals(host.callNames("delegate"), ["delegate.gc", "delegate.status"]);
});

Deno.test("refused: a name in the delegate, a type that is none, flannel itself", () => {
  const of = (delegate: object) => failureOf(() => plugin.add(flannelHost(), { type: "flannel", delegate })).message;
  assert(of({ name: "x" }).includes("delegate.name"));
  assert(of({ type: 5 }).includes("delegate.type must be a plugin's name, but is 5"));
  assert(of({ type: "a/b" }).includes("delegate.type"));
  assert(of({ type: "flannel" }).includes("flannel"));
});

Deno.test("whichever host call fails, an error says so; the delegate's error passes unchanged", () => {
  assertEveryFailureIsAnError({ plugin, host: flannelHost, run: (p, host) => p.add(host, USUAL) });
  assertEveryFailureIsAnError({ plugin, host: flannelHost, run: (p, host) => p.del(host, USUAL) });
  const host = flannelHost();
  host.failWithCni("delegate.add", 50, "exhausted");
  assertEquals(failureOf(() => plugin.add(host, USUAL)).code, 50);
});
