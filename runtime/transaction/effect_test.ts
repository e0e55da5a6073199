import { assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { netEffect, ownedBy } from "./effect.ts";

const bridge: Change = { kind: "link-created", ns: "host", name: "cni0", linkKind: "bridge" };
const gateway: Change = { kind: "address-added", ns: "host", link: "cni0", cidr: "10.0.0.1/24" };
const veth: Change = { kind: "link-created", ns: "host", name: "veth1", linkKind: "veth" };
const address: Change = { kind: "address-added", ns: "container", link: "eth0", cidr: "10.0.0.2/24" };
const lease: Change = { kind: "lease-acquired", store: "", address: "10.0.0.2", sequence: 1 };
const other: Change = { kind: "lease-acquired", store: "s", address: "10.0.0.2", sequence: 1 };
const masquerade: Change = { kind: "masquerade-added", source: "10.0.0.2", local: [] };
const route: Change = { kind: "route-added", ns: "host", route: { dst: "10.0.0.2/32", link: "veth1", onlink: false } };
const inner: Change = { kind: "route-added", ns: "container", route: { dst: "0.0.0.0/0", onlink: false } };
const sysctl: Change = { kind: "sysctl-set", ns: "host", key: "net/ipv4/ip_forward", before: "0" };
const note: Change = { kind: "note-put", key: "k" };
const loUp: Change = { kind: "link-changed", ns: "container", name: "lo", before: { up: false } };
const loDown: Change = { kind: "link-changed", ns: "container", name: "lo", before: { up: true } };
const mtu: Change = { kind: "link-changed", ns: "container", name: "eth0", before: { mtu: 1500 } };

Deno.test("ownedBy() leaves what other pods use", () => {
  assertEquals(
    ownedBy([lease, bridge, gateway, veth, address, route, inner, sysctl, masquerade, note]),
    [lease, veth, route, masquerade],
  );
});

Deno.test("ownedBy() has the loopback link set down again, and no other link of the container", () => {
  assertEquals(ownedBy([loUp, mtu]), [loUp]);
});

for (
  const [what, changes, expected] of [
    ["a link that was deleted", [veth, { kind: "link-deleted", ns: "host", name: "veth1" }], []],
    ["a link of that name elsewhere", [veth, { kind: "link-deleted", ns: "container", name: "veth1" }], [veth]],
    ["addresses of a deleted link", [address, { kind: "link-deleted", ns: "container", name: "eth0" }], []],
    ["an address", [address, { ...address, kind: "address-removed" }], []],
    ["a route", [route, { ...route, kind: "route-removed" }], []],
    ["leases of one store", [lease, other, { kind: "lease-released", store: "", addresses: ["10.0.0.2"] }], [other]],
    ["a loopback link that was set down again", [loUp, mtu, loDown], [mtu]],
    ["the firewall", [masquerade, veth, { kind: "firewall-released" }], [veth]],
    ["nothing that came later", [{ kind: "link-deleted", ns: "host", name: "veth1" }, veth], [veth]],
  ] as [string, Change[], Change[]][]
) {
  Deno.test(`netEffect() takes back ${what}`, () => assertEquals(netEffect(changes), expected));
}
