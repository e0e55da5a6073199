import { assert, assertEquals } from "@std/assert";
import {
  assertEveryFailureIsAnError,
  dualStackHost,
  failureOf,
  type FakeHost,
  loadPlugin,
} from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const CONFIG = {
  type: "bridge",
  bridge: "br9",
  isDefaultGateway: true,
  ipMasq: true,
  macspoofchk: true,
  ipam: { type: "host-local" },
};

function attached(config: object = CONFIG): FakeHost {
  const host = dualStackHost();
  const prevResult = plugin.add(host, config);
  host.attachment = { ...host.attachment, prevResult };
  host.calls.length = 0;
  return host;
}

function port(host: FakeHost) {
  return host.network.links("host").find((link) => link.kind === "veth")!;
}

Deno.test("CHECK: succeeds right after ADD, layer 2 and disabled links too, and asks IPAM first", () => {
  const host = attached();
  plugin.check(host, CONFIG);
  assertEquals(host.calls[0]!.name, "ipam.check");
  const l2 = { type: "bridge", bridge: "br9" };
  plugin.check(attached(l2), l2);
  const down = { ...l2, disableContainerInterface: true };
  plugin.check(attached(down), down);
});

const DAMAGE: [name: string, damage: (host: FakeHost) => void, words: string][] = [
  ["container link gone", (host) => host.network.deleteLink("container", "eth0"), "interface eth0 does not exist"],
  ["container link down", (host) => (host.network.link("container", "eth0").up = false), "interface eth0 is down"],
  [
    "container MAC",
    (host) => (host.network.link("container", "eth0").mac = "02:ff:00:00:00:01"),
    "eth0 has MAC address 02:ff",
  ],
  ["container MTU", (host) => (host.network.link("container", "eth0").mtu = 900), "eth0 has MTU 900, not 1500"],
  ["address", (host) => host.network.link("container", "eth0").addresses.shift(), "eth0 lacks the address 10.1.0.5/16"],
  ["route", (host) => host.network.routes("container").pop(), "eth0 lacks the route to"],
  ["membership", (host) => delete port(host).master, "not of bridge br9"],
  ["isolation", (host) => (port(host).port!.isolated = true), "has isolation on, not off"],
  ["port down", (host) => (port(host).up = false), "is down"],
  ["bridge gone", (host) => host.network.deleteLink("host", "br9"), "interface br9 does not exist"],
  [
    "gateway address",
    (host) => host.network.link("host", "br9").addresses.shift(),
    "br9 lacks the address 10.1.0.1/16",
  ],
  ["masquerade", (host) => host.masquerades.shift(), "10.1.0.5 is not masqueraded"],
  ["MAC check", (host) => host.macChecks.shift(), "accepts frames from other MAC addresses"],
];

Deno.test("CHECK: hairpin mode has to be on where it is configured, and may be elsewhere", () => {
  const host = attached();
  port(host).port!.hairpin = true;
  plugin.check(host, CONFIG);
  port(host).port!.hairpin = false;
  const failure = failureOf(() => plugin.check(host, { ...CONFIG, hairpinMode: true }));
  assert(failure.message.includes("has hairpin mode off, not on"), failure.message);
});

for (const [name, damage, words] of DAMAGE) {
  Deno.test(`CHECK: names the difference: ${name}`, () => {
    const host = attached();
    damage(host);
    const failure = failureOf(() => plugin.check(host, CONFIG));
    assertEquals(failure.code, 100);
    assert(failure.message.includes(words), failure.message);
  });
}

Deno.test("CHECK: names several differences at once, a missing prevResult, and what IPAM says", () => {
  const host = attached();
  host.network.link("container", "eth0").addresses.length = 0;
  host.masquerades.length = 0;
  const both = failureOf(() => plugin.check(host, CONFIG)).message;
  assert(both.includes("lacks the address") && both.includes("not masqueraded"), both);
  assert(failureOf(() => plugin.check(dualStackHost(), CONFIG)).message.includes("prevResult"));
  host.failWithCni("ipam.check", 100, "no lease");
  assertEquals(failureOf(() => plugin.check(host, CONFIG)).message, "no lease");
});

Deno.test("CHECK, DEL: whichever host call fails, an error says so", () => {
  assertEveryFailureIsAnError({ plugin, host: () => attached(), run: (p, host) => p.check(host, CONFIG) });
  assertEveryFailureIsAnError({ plugin, host: () => attached(), run: (p, host) => p.del(host, CONFIG) });
});

Deno.test("DEL: removes link, rules and leases in this order; a second time as well", () => {
  const host = attached();
  plugin.del(host, CONFIG);
  assertEquals(host.callNames(), ["links.delete", "firewall.release", "ipam.del"]);
  assertEquals(host.dump().filter((line) => !line.includes("br9")), []);
  plugin.del(host, CONFIG);
});

Deno.test("DEL: without a namespace it does the rest; a failure doesn't keep the rest from being done", () => {
  const host = attached();
  host.network.hasContainer = false;
  plugin.del(host, CONFIG, { hasNetns: false });
  assertEquals(host.callNames(), ["firewall.release", "ipam.del"]);
  const broken = attached();
  broken.failOn("links.delete", 1, "busy", "link is busy");
  broken.failOn("firewall.release", 1, "io", "nft says no");
  const { message } = failureOf(() => plugin.del(broken, CONFIG));
  assert(message.includes("link is busy") && message.includes("nft says no"), message);
  assertEquals(broken.callNames(), ["links.delete", "firewall.release", "ipam.del"]);
});

Deno.test("GC and STATUS go to IPAM; STATUS sees a bad configuration", () => {
  const host = dualStackHost();
  plugin.gc(host, CONFIG, []);
  plugin.status(host, CONFIG);
  const probes = ["links.supports", "links.supports", "firewall.probe"];
  assertEquals(host.callNames(), ["ipam.gc", ...probes, "ipam.status"]);
  plugin.gc(host, { type: "bridge" }, []);
  assertEquals(host.calls.length, 5);
  host.failWithCni("ipam.status", 50, "exhausted");
  assertEquals(failureOf(() => plugin.status(host, CONFIG)).code, 50);
  assertEquals(failureOf(() => plugin.status(host, { ...CONFIG, mtu: -1 })).code, 7);
});

Deno.test("STATUS: code 50 where the kernel lacks bridges, or the packet filter what ipMasq needs", () => {
  const host = dualStackHost();
  host.network.missingKinds.push("bridge");
  const failure = failureOf(() => plugin.status(host, CONFIG));
  assertEquals([failure.code, failure.message.includes("no links of kind bridge")], [50, true], failure.message);
  const other = dualStackHost();
  other.failOn("firewall.probe", 1, "unsupported", "libnftables.so.1 cannot be opened");
  assertEquals(failureOf(() => plugin.status(other, CONFIG)).code, 50);
  plugin.status(other, { ...CONFIG, ipMasq: false, macspoofchk: false });
});
