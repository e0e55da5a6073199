import { assert, assertEquals } from "@std/assert";
import { assertEveryFailureIsAnError, dualStackHost, failureOf, FakeHost, loadPlugin } from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const L3 = { type: "bridge", bridge: "br9", ipam: { type: "host-local" } };

function port(host: FakeHost) {
  return host.network.links("host").find((link) => link.kind === "veth")!;
}

Deno.test("the component imports what its manifest names, and nothing else", () => {
  const manifest = JSON.parse(Deno.readTextFileSync(new URL("./plugin.json", import.meta.url)));
  assertEquals(plugin.imports.filter((name) => name !== "types").toSorted(), manifest.imports.toSorted());
});

Deno.test("ADD: a container gets its link, addresses and routes, the node the port and the bridge", () => {
  const host = dualStackHost();
  const result = plugin.add(host, { ...L3, isGateway: true, ipMasq: true });
  const name = port(host).name;
  assertEquals(host.dump(), [
    "host: br9 bridge up 10.1.0.1/16 fd00:1::1/64",
    `host: ${name} veth up master br9`,
    "container: eth0 veth up 10.1.0.5/16 fd00:1::5/64",
    "host: route 10.1.0.0/16 dev br9",
    "host: route fd00:1::/64 dev br9",
    "container: route 10.1.0.0/16 dev eth0",
    "container: route fd00:1::/64 dev eth0",
    "container: route 0.0.0.0/0 via 10.1.0.1 dev eth0",
    "container: route ::/0 via fd00:1::1 dev eth0",
    "masquerade 10.1.0.5 except 10.1.0.0/16",
    "masquerade fd00:1::5 except fd00:1::/64",
  ]);
  const mac = (ns: "host" | "container", link: string) => host.network.link(ns, link).mac;
  assertEquals(result.interfaces, [
    { name: "br9", mac: mac("host", "br9"), mtu: 1500, sandbox: { tag: "host" } },
    { name, mac: mac("host", name), mtu: 1500, sandbox: { tag: "host" } },
    { name: "eth0", mac: mac("container", "eth0"), mtu: 1500, sandbox: { tag: "container" } },
  ]);
  assertEquals(result.ips.map((ip) => [ip.address, ip.gateway, ip.interface]), [
    ["10.1.0.5/16", "10.1.0.1", 2],
    ["fd00:1::5/64", "fd00:1::1", 2],
  ]);
  assertEquals(host.announced, ["eth0 10.1.0.5", "eth0 fd00:1::5"]);
  assertEquals(host.sysctls.get("host:net/ipv4/ip_forward"), "1");
  assertEquals(host.sysctls.get("host:net/ipv6/conf/all/forwarding"), "1");
  assertEquals(host.sysctls.get("host:net/ipv6/conf/br9/accept_ra"), "0");
});

Deno.test("ADD: without isGateway neither the bridge's addresses nor forwarding are touched", () => {
  const host = dualStackHost();
  plugin.add(host, L3);
  assertEquals(host.network.link("host", "br9").addresses, []);
  assertEquals(host.sysctls.get("host:net/ipv4/ip_forward"), undefined);
  assertEquals(host.masquerades, []);
});

Deno.test("ADD: the bridge is cni0 where none is named", () => {
  const host = dualStackHost();
  plugin.add(host, { type: "bridge", ipam: { type: "host-local" } });
  assertEquals(host.network.link("host", "cni0").kind, "bridge");
});

Deno.test("isGateway: the first address of the network serves where IPAM names no gateway", () => {
  const host = dualStackHost();
  host.ipamResult.ips = [{ address: "10.1.0.5/16" }, { address: "fd00:1::5/64" }];
  const result = plugin.add(host, { ...L3, isGateway: true });
  assertEquals(result.ips.map((ip) => ip.gateway), ["10.1.0.1", "fd00:1::1"]);
  assertEquals(host.network.link("host", "br9").addresses, ["10.1.0.1/16", "fd00:1::1/64"]);
});

Deno.test("isGateway: a container with the gateway's own address is refused", () => {
  const host = dualStackHost();
  host.ipamResult.ips = [{ address: "10.1.0.1/16", gateway: "10.1.0.1" }];
  const failure = failureOf(() => plugin.add(host, { ...L3, isGateway: true }));
  assertEquals(failure.code, 7);
  assert(failure.message.includes("10.1.0.1/16"), failure.message);
});

Deno.test("isDefaultGateway: adds a default route for each family, once", () => {
  const host = dualStackHost();
  host.ipamResult.routes = [{ dst: "::/0", gw: "fd00:1::2" }];
  const result = plugin.add(host, { ...L3, isDefaultGateway: true });
  assertEquals(result.routes.map((route) => [route.dst, route.gw]), [["::/0", "fd00:1::2"], ["0.0.0.0/0", "10.1.0.1"]]);
  assert(host.dump().includes("container: route ::/0 via fd00:1::2 dev eth0"));
  assertEquals(host.network.link("host", "br9").addresses, ["10.1.0.1/16", "fd00:1::1/64"]);
});

Deno.test("forceAddress: another address of the bridge is an error that names both; with it, it is replaced", () => {
  const prepare = () => {
    const host = dualStackHost();
    host.network.addLink("host", "br9", "bridge", { up: true }).addresses.push(
      "10.9.0.1/16",
      "fd00:7::1/64",
      "fe80::1/64",
    );
    return host;
  };
  const failure = failureOf(() => plugin.add(prepare(), { ...L3, isGateway: true }));
  assertEquals(failure.code, 7);
  assert(failure.message.includes("10.9.0.1/16") && failure.message.includes("10.1.0.1/16"), failure.message);
  const host = prepare();
  plugin.add(host, { ...L3, isGateway: true, forceAddress: true });
  assertEquals(host.network.link("host", "br9").addresses, [
    "fd00:7::1/64",
    "fe80::1/64",
    "10.1.0.1/16",
    "fd00:1::1/64",
  ]);
});

Deno.test("mtu: of the bridge and of both ends", () => {
  const host = dualStackHost();
  const result = plugin.add(host, { ...L3, mtu: 1400 });
  assertEquals(result.interfaces.map((entry) => entry.mtu), [1400, 1400, 1400]);
  assertEquals(host.network.link("container", "eth0").mtu, 1400);
});

Deno.test("hairpinMode, portIsolation: of the port", () => {
  const host = dualStackHost();
  plugin.add(host, { ...L3, hairpinMode: true, portIsolation: true });
  assertEquals(port(host).port, { hairpin: true, isolated: true, forwarding: true });
  const plain = dualStackHost();
  plugin.add(plain, L3);
  assertEquals(port(plain).port, { hairpin: false, isolated: false, forwarding: true });
});

for (
  const [hairpin, keys] of [
    [true, { isGateway: true }],
    [true, { isDefaultGateway: true }],
    [false, { isGateway: true, hairpinMode: false }],
    [false, { isGateway: true, promiscMode: true }],
  ] as const
) {
  Deno.test(`hairpin mode is ${hairpin ? "on" : "off"} with ${JSON.stringify(keys)}`, () => {
    const host = dualStackHost();
    plugin.add(host, { ...L3, ...keys });
    assertEquals(port(host).port?.hairpin, hairpin);
  });
}

Deno.test("promiscMode: of the bridge, set once", () => {
  const host = dualStackHost();
  plugin.add(host, { ...L3, promiscMode: true });
  assert(host.network.link("host", "br9").promisc);
  plugin.add(host, { ...L3, promiscMode: true }, { ifname: "net1" });
  const sets = host.calls.filter((call) => call.name === "links.set" && call.args[1] === "br9");
  assertEquals(sets.length, 1);
});

Deno.test("macspoofchk: the port is bound to the container's MAC", () => {
  const host = dualStackHost();
  plugin.add(host, { ...L3, macspoofchk: true });
  assertEquals(host.macChecks, [`${port(host).name} ${host.network.link("container", "eth0").mac}`]);
});

Deno.test("MAC: runtimeConfig before args before CNI_ARGS", () => {
  const of = (config: object, args: [string, string][] = []) => {
    const host = dualStackHost();
    plugin.add(host, { ...L3, ...config }, { args });
    return host.network.link("container", "eth0").mac;
  };
  const args: [string, string][] = [["IgnoreUnknown", "1"], ["MAC", "02-00-00-00-00-0C"]];
  assertEquals(of({}, args), "02:00:00:00:00:0c");
  const inArgs = { args: { cni: { mac: "02:00:00:00:00:0B" } } };
  assertEquals(of(inArgs, args), "02:00:00:00:00:0b");
  assertEquals(of({ ...inArgs, runtimeConfig: { mac: "02:00:00:00:00:0a" } }, args), "02:00:00:00:00:0a");
  const failure = failureOf(() => of({}, [["MAC", "nonsense"]]));
  assert(failure.message.includes("MAC of CNI_ARGS") && failure.message.includes("nonsense"), failure.message);
});

Deno.test("enabledad: off, no address waits; on, addresses settle before they are announced", () => {
  const off = dualStackHost();
  plugin.add(off, L3);
  assertEquals(off.sysctls.get("container:net/ipv6/conf/eth0/accept_dad"), "0");
  assertEquals(off.network.link("container", "eth0").dad, []);
  assert(!off.callNames().includes("addresses.settle"));
  const names = off.callNames();
  assert(names.indexOf("sysctl.set") < names.lastIndexOf("links.set"), "accept_dad comes before the link is up");
  const on = dualStackHost();
  plugin.add(on, { ...L3, enabledad: true });
  assertEquals(on.sysctls.get("container:net/ipv6/conf/eth0/accept_dad"), "1");
  assertEquals(on.sysctls.get("container:net/ipv6/conf/eth0/enhanced_dad"), "1");
  assertEquals(on.network.link("container", "eth0").dad, ["fd00:1::5/64"]);
  assertEquals(on.callNames().slice(-3), ["addresses.settle", "neighbors.announce", "neighbors.announce"]);
});

Deno.test("IPv4 alone: no IPv6 sysctl of the container is touched", () => {
  const host = dualStackHost();
  host.ipamResult.ips.pop();
  plugin.add(host, L3);
  assertEquals([...host.sysctls.keys()], ["host:net/ipv6/conf/br9/accept_ra"]);
});

Deno.test("no IPAM: layer 2 only; disableContainerInterface: the container's end stays down", () => {
  const host = new FakeHost();
  const result = plugin.add(host, { type: "bridge", bridge: "br9" });
  assertEquals([result.ips, result.routes, result.interfaces.length], [[], [], 3]);
  assert(host.network.link("container", "eth0").up);
  assert(!host.callNames().includes("ipam.add"));
  const down = new FakeHost();
  plugin.add(down, { type: "bridge", bridge: "br9", disableContainerInterface: true });
  assert(!down.network.link("container", "eth0").up);
  assert(!down.callNames().includes("links.waitRunning"));
});

Deno.test("dns: the configuration's goes before IPAM's", () => {
  const host = dualStackHost();
  host.ipamResult.dns = { nameservers: ["10.1.0.1"], search: [], options: [] };
  assertEquals(plugin.add(host, L3).dns.nameservers, ["10.1.0.1"]);
  const other = dualStackHost();
  const dns = { nameservers: ["9.9.9.9"], domain: "example.org" };
  assertEquals(plugin.add(other, { ...L3, dns }).dns, { ...dns, search: [], options: [] });
});

Deno.test("ipMasqBackend iptables: nftables serves, and the log says so", () => {
  const host = dualStackHost();
  plugin.add(host, { ...L3, ipMasq: true, ipMasqBackend: "iptables" });
  assertEquals(host.masquerades.length, 2);
  assert(host.logged.some((line) => line.startsWith("warn: ") && line.includes("iptables")), host.logged.join());
});

Deno.test("ADD: several interfaces of one container, and the same one twice", () => {
  const host = dualStackHost();
  plugin.add(host, L3);
  plugin.add(host, L3, { ifname: "net1" });
  assertEquals(host.network.links("container").map((link) => link.name), ["lo", "eth0", "net1"]);
  const failure = failureOf(() => plugin.add(host, L3, { ifname: "eth0" }));
  assert(failure.message.includes("eth0 exists"), failure.message);
});

Deno.test("ADD: IPAM's error passes unchanged, before any link is made; no address is an error", () => {
  const host = dualStackHost();
  host.failWithCni("ipam.add", 50, "no address is free");
  const failure = failureOf(() => plugin.add(host, L3));
  assertEquals([failure.code, failure.message], [50, "no address is free"]);
  assertEquals(host.dump(), []);
  const empty = failureOf(() => plugin.add(new FakeHost(), L3));
  assertEquals(empty.code, 7);
  assert(empty.message.includes("host-local gave no address"), empty.message);
});

Deno.test("ADD: whichever host call fails, an error says so", () => {
  const config = { ...L3, isDefaultGateway: true, ipMasq: true, macspoofchk: true, promiscMode: true, enabledad: true };
  // The address is found missing on the bridge after its failure: addresses.list answers, the error stays.
  assertEveryFailureIsAnError({ plugin, host: dualStackHost, run: (p, host) => p.add(host, { ...config, vlan: 7 }) });
  assertEveryFailureIsAnError({ plugin, host: dualStackHost, run: (p, host) => p.add(host, config) });
});
