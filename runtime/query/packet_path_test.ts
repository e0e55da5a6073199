import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { FamilyStatus } from "../cluster/status.ts";
import type { PeerStatus } from "../cluster/peers.ts";
import type { AttachmentRow } from "./attachment_rows.ts";
import { packetPath, type Surroundings } from "./packet_path.ts";

function row(podName: string, given: Partial<AttachmentRow> = {}): AttachmentRow {
  return {
    network: "pods",
    containerId: `id-of-the-container-of-${podName}`,
    ifname: "eth0",
    podNamespace: "shop",
    podName,
    plugins: ["bridge"],
    addresses: [],
    mac: "",
    hostInterface: `veth-${podName}`,
    bridge: "cni0",
    netns: "",
    netnsId: "",
    bootId: "",
    runtime: "",
    sinceMs: 0,
    ...given,
  };
}

const family = { subnet: "10.1.0.0/24", publicIp: "192.0.2.1", underlay: "ens3", podMtu: 1450 };
const VXLAN: FamilyStatus = { ...family, family: "ipv4", device: "flannel.1" };
const PEERS: PeerStatus[] = [
  { name: "n2", family: "ipv4", subnet: "10.1.2.0/24", publicIp: "192.0.2.2", state: "connected" },
  { name: "n3", family: "ipv4", subnet: "10.1.3.0/24", publicIp: "192.0.2.3", state: "failed", why: "no route." },
  { name: "n2", family: "ipv6", subnet: "fd00:2::/64", publicIp: "2001:db8::2", state: "connected" },
];
const AROUND: Surroundings = {
  node: "n1",
  attachments: [
    row("a", { addresses: ["10.1.0.2/24", "fd00:1::2/64"] }),
    row("b", { addresses: ["10.1.0.3/24"] }),
    row("c", { addresses: ["10.9.0.3/24"], bridge: "cni1" }),
    row("p", { addresses: ["10.8.0.3/32"], bridge: "" }),
    row("other-subnet", { addresses: ["10.7.0.3/24"], network: "more" }),
    row("six", { addresses: ["fd00:1::6/64"] }),
    row("two", { addresses: ["10.5.0.1/24"], bridge: "other" }),
    row("two", { addresses: ["10.1.0.9/24"], ifname: "net1" }),
    row("bare", {}),
    row("", { containerId: "0123456789abcdef", addresses: ["10.1.0.8/24"] }),
  ],
  families: [
    VXLAN,
    { ...family, family: "ipv6", subnet: "fd00:1::/64", publicIp: "2001:db8::1", device: "flannel-v6.1" },
  ],
  peers: PEERS,
};

function names(from: string, to: string, around = AROUND) {
  return packetPath(from, to, around).hops.map(({ kind, name }) => `${kind} ${name}`);
}

Deno.test("pods of one bridge do not pass the node's routes", () => {
  assertEquals(names("shop/a", "shop/b"), ["pod shop/a", "veth veth-a", "bridge cni0", "veth veth-b", "pod shop/b"]);
  assertEquals(names("10.1.0.2", "0123456789ab").at(-1), "pod 0123456789ab");
});

Deno.test("between bridges, and to pods without one, the node routes", () => {
  assertEquals(names("shop/a", "shop/c"), [
    ...["pod shop/a", "veth veth-a", "bridge cni0", "node n1"],
    ...["bridge cni1", "veth veth-c", "pod shop/c"],
  ]);
  assertEquals(names("shop/p", "shop/a"), [
    ...["pod shop/p", "veth veth-p", "node n1", "bridge cni0", "veth veth-a", "pod shop/a"],
  ]);
});

Deno.test("pods of one bridge in different subnets reach each other by their gateway", () => {
  assertEquals(names("shop/a", "shop/other-subnet").slice(2, 5), ["bridge cni0", "node n1", "bridge cni0"]);
});

Deno.test("a pod with several interfaces uses the one that is near", () => {
  const { hops } = packetPath("shop/a", "shop/two", AROUND);
  assertEquals(hops.at(-1)?.detail, "net1, 10.1.0.9");
});

Deno.test("a peer's pod is reached by the VXLAN device and the underlay, in either direction", () => {
  const way = ["pod shop/a", "veth veth-a", "bridge cni0", "node n1", "vxlan flannel.1", "underlay ens3", "peer n2"];
  assertEquals(names("shop/a", "10.1.2.7"), [...way, "address 10.1.2.7"]);
  assertEquals(names("10.1.2.7", "shop/a"), [...way, "address 10.1.2.7"].reverse());
  const { hops, notes } = packetPath("shop/a", "10.1.2.7", AROUND);
  assertStringIncludes(hops[4]!.detail, "between 192.0.2.1 and 192.0.2.2");
  assertStringIncludes(notes[0]!, "knows the addresses alone");
});

Deno.test("with host-gw a peer is the next hop", () => {
  const { device: _, ...direct } = VXLAN;
  const around = { ...AROUND, families: [direct] };
  assertEquals(names("shop/p", "10.1.2.7", around).slice(2), [
    "node n1",
    "underlay ens3",
    "peer n2",
    "address 10.1.2.7",
  ]);
  assertEquals(packetPath("shop/p", "10.1.2.7", around).hops[2]?.detail, "routes 10.1.2.0/24 by 192.0.2.2 (host-gw)");
});

Deno.test("a peer that is not connected is told", () => {
  const { notes } = packetPath("shop/a", "10.1.3.1", AROUND);
  assertEquals(notes[1], "n3 is failed, so that this way may not work: no route.");
});

Deno.test("IPv6 has devices and peers of its own", () => {
  assertEquals(names("shop/a", "FD00:2:0::7").slice(3), [
    ...["node n1", "vxlan flannel-v6.1", "underlay ens3", "peer n2", "address fd00:2::7"],
  ]);
  assertEquals(names("shop/six", "shop/a").length, 5);
  assertEquals(packetPath("shop/six", "shop/a", AROUND).destination, "fd00:1::2");
});

Deno.test("outside is by the node's routes, to the node itself there is nothing between, and a pod reaches itself", () => {
  assertEquals(names("shop/a", "198.51.100.7").slice(2), ["bridge cni0", "node n1", "address 198.51.100.7"]);
  assertEquals(packetPath("shop/a", "198.51.100.7", AROUND).leavesFrom?.podName, "a");
  assertEquals(packetPath("198.51.100.7", "shop/a", AROUND).leavesFrom, undefined);
  assertEquals(names("shop/a", "192.0.2.1"), ["pod shop/a", "veth veth-a", "bridge cni0", "node n1"]);
  assertEquals(names("shop/p", "192.0.2.2").slice(2), ["node n1", "underlay ens3", "peer n2"]);
  assertEquals(names("shop/a", "10.1.0.2"), ["pod shop/a"]);
});

Deno.test("who is not known is told, and what cannot be", () => {
  const told = (from: string, to: string, sentence: string) =>
    assertThrows(() => packetPath(from, to, AROUND), RangeError, sentence);
  told("shop/gone", "shop/a", "No pod of this node is called shop/gone");
  told("shop/a", "300.0.0.1", "it is no address");
  told("shop/bare", "shop/a", "has no address");
  told("shop/b", "shop/six", "no address of the same family");
  told("10.1.2.3", "198.51.100.7", "Neither 10.1.2.3 nor 198.51.100.7 is a pod of this node");
});
