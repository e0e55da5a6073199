import { assert, assertEquals } from "@std/assert";
import { dualStackHost, failureOf, loadPlugin } from "../sdk/testing/mod.ts";
import { portVlans, trunkRanges } from "./vlan_trunk.ts";

const plugin = await loadPlugin(new URL("./", import.meta.url));
const CONFIG = { type: "bridge", bridge: "br9", ipam: { type: "host-local" } };

function vlansOf(config: object) {
  const host = dualStackHost();
  plugin.add(host, { ...CONFIG, ...config });
  const link = host.network.links("host").find((candidate) => candidate.kind === "veth" && candidate.name !== "br9.7")!;
  return { host, vlans: link.vlans };
}

Deno.test("vlan: the port is in that VLAN alone; preserveDefaultVlan keeps VLAN 1", () => {
  assertEquals(vlansOf({ vlan: 100 }).vlans, ["100 pvid untagged"]);
  assertEquals(vlansOf({ vlan: 100, preserveDefaultVlan: true }).vlans, ["1 pvid untagged", "100 pvid untagged"]);
  assertEquals(vlansOf({}).vlans, ["1 pvid untagged"]);
});

Deno.test("vlanTrunk: tagged VLANs; without vlan the native one is 1", () => {
  assertEquals(vlansOf({ vlanTrunk: [{ id: 7 }, { minID: 10, maxID: 12 }] }).vlans, ["7", "10-12", "1 pvid untagged"]);
  assertEquals(vlansOf({ vlan: 5, vlanTrunk: [{ id: 7 }] }).vlans, ["7", "5 pvid untagged"]);
});

Deno.test("vlan with isGateway: the gateway's addresses lie on a link of their own, which the result names", () => {
  const host = dualStackHost();
  const result = plugin.add(host, { ...CONFIG, isGateway: true, vlan: 7 });
  const gateway = host.network.link("host", "br9.7");
  assertEquals(gateway.addresses, ["10.1.0.1/16", "fd00:1::1/64"]);
  assertEquals(host.network.link("host", "br9").addresses, []);
  assertEquals(host.network.peerOf(gateway)!.vlans, ["7 pvid untagged"]);
  assertEquals(result.interfaces.map((entry) => entry.name).at(3), "br9.7");
  plugin.add(host, { ...CONFIG, isGateway: true, vlan: 7 }, { ifname: "net1" });
  assertEquals(host.network.links("host").filter((link) => link.name === "br9.7").length, 1);
});

Deno.test("vlan: a kernel without VLAN filtering is a clear error", () => {
  const host = dualStackHost();
  host.failOn("links.addVlans", 1, "unsupported", "this kernel has no bridge VLAN filtering");
  const failure = failureOf(() => plugin.add(host, { ...CONFIG, vlan: 7 }));
  assertEquals(failure.code, 50);
  assert(failure.message.includes("VLAN 7: this kernel has no bridge VLAN filtering"), failure.message);
});

Deno.test("trunkRanges() sorts and merges", () => {
  assertEquals(trunkRanges([{ id: 9 }, { minID: 3, maxID: 5 }, { id: 6 }, { minID: 4, maxID: 4 }]), [[3, 6], [9, 9]]);
  assertEquals(portVlans(0, []), []);
});

const BAD: [config: object, words: string][] = [
  [{ vlan: 4095 }, "vlan must be an integer from 0 to 4094, but is 4095"],
  [{ vlan: -1 }, "vlan must be an integer from 0 to 4094, but is -1"],
  [{ vlanTrunk: [{ minID: 5 }] }, "vlanTrunk[0].maxID is missing"],
  [{ vlanTrunk: [{ id: 1 }, { maxID: 5 }] }, "vlanTrunk[1].minID is missing"],
  [{ vlanTrunk: [{ minID: 6, maxID: 5 }] }, "vlanTrunk[0].minID is above maxID"],
  [{ vlanTrunk: [{ id: 5000 }] }, "vlanTrunk[0].id must be an integer from 1 to 4094, but is 5000"],
  [{ hairpinMode: true, promiscMode: true }, "hairpinMode and promiscMode"],
  [{ disableContainerInterface: true }, "disableContainerInterface"],
  [{ mtu: 12 }, "mtu must be an integer from 68 to 65535"],
  [{ bridge: "a/b" }, "bridge must be an interface name"],
  [{ bridge: "sixteen-letters-" }, "bridge must be an interface name"],
  [{ isGateway: "yes" }, 'isGateway must be true or false, but is "yes"'],
  [{ ipMasqBackend: "ebpf" }, "ipMasqBackend must be"],
  [{ runtimeConfig: { mac: "1:2" } }, "runtimeConfig.mac must be a MAC address"],
  [{ bridge: "fifteen-letters", isGateway: true, vlan: 7 }, "fifteen-letters.7"],
];

for (const [config, words] of BAD) {
  Deno.test(`configuration is refused, naming the key: ${JSON.stringify(config)}`, () => {
    const host = dualStackHost();
    const failure = failureOf(() => plugin.add(host, { ...CONFIG, ...config }));
    assertEquals(failure.code, 7);
    assert(failure.message.includes(words), failure.message);
    assertEquals(host.calls, []);
  });
}

Deno.test("configuration: unknown keys and nulls are ignored", () => {
  plugin.add(dualStackHost(), { ...CONFIG, colour: "red", mtu: null, dns: null });
});
