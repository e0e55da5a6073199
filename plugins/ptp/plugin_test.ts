import { assert, assertEquals } from "@std/assert";
import { assertEveryFailureIsAnError, dualStackHost, failureOf, FakeHost, loadPlugin } from "../sdk/testing/mod.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const CONFIG = { type: "ptp", ipMasq: true, ipam: { type: "host-local" } };

Deno.test("ADD: everything goes by the gateway, which lies on the host's end", () => {
  const host = dualStackHost();
  const result = plugin.add(host, { ...CONFIG, mtu: 1400 });
  const veth = host.network.links("host")[1]!;
  assertEquals(host.dump().filter((line) => !line.startsWith("host: route 10.1.0.1/32")), [
    `host: ${veth.name} veth up 10.1.0.1/32 fd00:1::1/128`,
    "container: eth0 veth up 10.1.0.5/16 fd00:1::5/64",
    `host: route 10.1.0.5/32 dev ${veth.name}`,
    `host: route fd00:1::1/128 dev ${veth.name}`,
    `host: route fd00:1::5/128 dev ${veth.name}`,
    "container: route 10.1.0.1/32 dev eth0",
    "container: route 10.1.0.0/16 via 10.1.0.1 dev eth0",
    "container: route fd00:1::1/128 dev eth0",
    "container: route fd00:1::/64 via fd00:1::1 dev eth0",
    "container: route 0.0.0.0/0 via 10.1.0.1 dev eth0",
    "container: route ::/0 via fd00:1::1 dev eth0",
    "masquerade 10.1.0.5 except 10.1.0.0/16",
    "masquerade fd00:1::5 except fd00:1::/64",
  ]);
  assertEquals(result.interfaces.map((entry) => [entry.name, entry.mtu, entry.sandbox.tag]), [
    [veth.name, 1400, "host"],
    ["eth0", 1400, "container"],
  ]);
  assertEquals(result.ips.map((ip) => ip.interface), [1, 1]);
  assertEquals(host.sysctls.get("host:net/ipv4/ip_forward"), "1");
  assertEquals(host.sysctls.get("container:net/ipv6/conf/eth0/accept_dad"), "0");
});

Deno.test("dns: the configuration's goes before IPAM's", () => {
  const host = dualStackHost();
  host.ipamResult.dns.nameservers = ["10.1.0.1"];
  assertEquals(plugin.add(host, CONFIG).dns.nameservers, ["10.1.0.1"]);
  const dns = { nameservers: ["9.9.9.9"] };
  assertEquals(plugin.add(dualStackHost(), { ...CONFIG, dns }).dns.nameservers, ["9.9.9.9"]);
});

Deno.test("CHECK: succeeds after ADD, names what is missing", () => {
  const host = dualStackHost();
  const prevResult = plugin.add(host, CONFIG);
  plugin.check(host, CONFIG, { prevResult });
  // A later plugin of the chain, as bandwidth does, has named a link of its own.
  const more = { name: "bwp0123456789ab", sandbox: { tag: "host" as const } };
  plugin.check(host, CONFIG, { prevResult: { ...prevResult, interfaces: [...prevResult.interfaces, more] } });
  host.network.links("host")[1]!.addresses.length = 0;
  host.network.routes("container").pop();
  host.masquerades.length = 0;
  const { code, message } = failureOf(() => plugin.check(host, CONFIG, { prevResult }));
  assertEquals(code, 100);
  for (const words of ["lacks the address 10.1.0.1/32", "lacks the route to ::/0", "not masqueraded"]) {
    assert(message.includes(words), message);
  }
});

Deno.test("DEL, GC, STATUS: nothing is left; IPAM is asked", () => {
  const host = dualStackHost();
  plugin.add(host, CONFIG);
  plugin.del(host, CONFIG);
  assertEquals(host.dump(), []);
  plugin.del(host, CONFIG);
  plugin.gc(host, CONFIG, []);
  plugin.status(host, CONFIG);
  assertEquals(host.callNames("ipam"), ["ipam.add", "ipam.del", "ipam.del", "ipam.gc", "ipam.status"]);
});

Deno.test("refused: no IPAM, no address, no gateway, a bad MTU", () => {
  const of = (run: () => unknown) => failureOf(run).message;
  assert(of(() => plugin.add(new FakeHost(), { type: "ptp" })).includes("ipam.type is missing"));
  assert(of(() => plugin.add(new FakeHost(), CONFIG)).includes("host-local gave no address"));
  const host = dualStackHost();
  host.ipamResult.ips = [{ address: "10.1.0.5/16" }];
  assert(of(() => plugin.add(host, CONFIG)).includes("10.1.0.5/16 without a gateway"));
  assert(of(() => plugin.add(host, { ...CONFIG, mtu: 12 })).includes("mtu must be"));
});

Deno.test("whichever host call fails, an error says so", () => {
  assertEveryFailureIsAnError({ plugin, host: dualStackHost, run: (p, host) => p.add(host, CONFIG) });
  assertEveryFailureIsAnError({ plugin, host: dualStackHost, run: (p, host) => p.del(host, CONFIG) });
});
