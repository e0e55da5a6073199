import { assertEquals, assertThrows } from "@std/assert";
import type { PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { HostCallError } from "../error.ts";
import { type NodeNeeds, objectsOf, scopeOf } from "./scope.ts";
import { directPeer, tunnelPeer, UNDERLAY, vxlanNode } from "./testing.ts";

const node = vxlanNode();
const scope = scopeOf("ipv4", node);
const peer = tunnelPeer(1);
const [route, neighbor, fdb] = [peer.routes[0]!, peer.neighbors[0]!, peer.fdb[0]!];

Deno.test("objectsOf() takes what the backends make, in canonical form", () => {
  assertEquals(objectsOf(scope, directPeer(1)).length, 1);
  const shouting = { ...peer, neighbors: [{ ...neighbor, mac: neighbor.mac.toUpperCase() }] };
  assertEquals(objectsOf(scope, shouting), objectsOf(scope, peer));
  const long = { dst: "fd00:0244:0000:0001::5/64", gateway: "fd00:244:0:1:0:0:0:0", link: UNDERLAY, onlink: false };
  assertEquals(objectsOf(scopeOf("ipv6", vxlanNode("ipv6")), { routes: [long], neighbors: [], fdb: [] }), [
    { kind: "route", dst: "fd00:244:0:1::/64", gateway: "fd00:244:0:1::", link: UNDERLAY, onlink: false },
  ]);
  assertEquals(objectsOf(scope, { ...peer, refused: "Cannot reach it" }), []);
});

const refused: Record<string, [Partial<PeerPlan>, string]> = {
  "a route to everywhere": [{ routes: [{ ...route, dst: "0.0.0.0/0" }] }, "outside the network 10.0.0.0/8"],
  "a route to another network": [{ routes: [{ ...route, dst: "192.168.7.0/24" }] }, "outside the network"],
  "a route to this node's pods": [{ routes: [{ ...route, dst: "10.244.0.128/25" }] }, "this node's subnet"],
  "a route around this node's pods": [{ routes: [{ ...route, dst: "10.244.0.0/16" }] }, "this node's subnet"],
  "a route by another link": [{ routes: [{ ...route, link: "eth9" }] }, "eth9 is neither the overlay's device nor"],
  "a gateway of the other family": [{ routes: [{ ...route, gateway: "fd00::1" }] }, "of the other family"],
  "a route of the other family": [{ routes: [{ ...route, dst: "fd00::/64" }] }, "it is not of ipv4"],
  "a neighbour on the nodes' link": [{ neighbors: [{ ...neighbor, link: UNDERLAY }] }, "not the overlay's device"],
  "a neighbour of all": [{ neighbors: [{ ...neighbor, mac: "ff:ff:ff:ff:ff:ff" }] }, "is not one device's"],
  "a malformed MAC": [{ neighbors: [{ ...neighbor, mac: "02:bb" }] }, "not six pairs of hexadecimal digits"],
  "an entry on the nodes' link": [{ fdb: [{ ...fdb, link: UNDERLAY }] }, "not the overlay's device"],
  "an entry for unknown MACs": [{ fdb: [{ ...fdb, mac: "00:00:00:00:00:00" }] }, "is not one device's"],
  "an entry for a group": [{ fdb: [{ ...fdb, mac: "01:00:5e:00:00:01" }] }, "is not one device's"],
  "an entry of the other family": [{ fdb: [{ ...fdb, dst: "fd00::1" }] }, "of the family of the tunnel's own address"],
  "a malformed subnet": [{ routes: [{ ...route, dst: "10.244.1.0" }] }, "not in CIDR notation"],
};

for (const [name, [changes, words]] of Object.entries(refused)) {
  Deno.test(`objectsOf() refuses ${name}`, () => {
    assertThrows(() => objectsOf(scope, { ...peer, ...changes }), HostCallError, words);
  });
}

Deno.test("objectsOf() refuses neighbours and entries where the node has no device", () => {
  const { device: _device, ...direct } = node;
  assertThrows(
    () => objectsOf(scopeOf("ipv4", { ...direct, addresses: [] }), peer),
    HostCallError,
    "not the overlay's device",
  );
});

Deno.test("scopeOf() refuses a device and addresses that are not the overlay's", () => {
  scopeOf("ipv4", node);
  const device = node.device!;
  const cases: [Partial<NodeNeeds>, string][] = [
    [{ device: { ...device, name: UNDERLAY } }, "the nodes' own link has that name"],
    [{ device: { ...device, parent: "eth9" } }, "it is on eth9, not on up0"],
    [{ device: { ...device, name: "a/b" } }, "as a link's name"],
    [{ device: { ...device, vni: 2 ** 24 } }, "it must be 1 to 16777215"],
    [{ device: { ...device, port: 0 } }, "it must be 1 to 65535"],
    [{ device: { ...device, local: "here" } }, "it is no IP address"],
    [{ device: { ...device, mac: "02" } }, "six pairs"],
    [{ addresses: [{ link: UNDERLAY, cidr: "10.244.0.0/32" }] }, "up0 is not the overlay's device"],
    [{ addresses: [{ link: "flannel.1", cidr: "10.9.0.0/32" }] }, "outside this node's subnet 10.244.0.0/24"],
    [{ network: "fd00::/16" }, "it is not of ipv4"],
  ];
  for (const [changes, words] of cases) {
    assertThrows(() => scopeOf("ipv4", { ...node, ...changes }), HostCallError, words);
  }
});
