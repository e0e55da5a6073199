import { assertEquals, assertThrows } from "@std/assert";
import type { ClusterStatus } from "../cluster/status.ts";
import type { AttachmentRow } from "./attachment_rows.ts";
import { networksOf, segmentsOf, wayOf } from "./topology.ts";

function pod(name: string, addresses: readonly string[], bridge = "cni0"): AttachmentRow {
  return {
    network: "pods",
    containerId: `c0ffee-${name}`,
    ifname: "eth0",
    podNamespace: "shop",
    podName: name,
    plugins: ["bridge"],
    addresses,
    mac: "",
    hostInterface: `veth-${name}`,
    bridge,
    netns: "",
    netnsId: "",
    bootId: "",
    runtime: "",
    sinceMs: 0,
  };
}

const PODS = [
  pod("a", ["10.1.0.2/24", "fd00:1::2/64"]),
  pod("b", ["10.1.0.3/24", "fd00:1::3/64"]),
  pod("other", ["10.9.0.2/24"], "cni1"),
  pod("alone", ["10.5.0.2/32"], ""),
  pod("six", ["fd00:1::9/64"]),
];

const CLUSTER: ClusterStatus = {
  node: "n1",
  store: { kind: "etcd", where: "" },
  backend: "vxlan",
  families: [
    {
      family: "ipv4",
      subnet: "10.1.0.0/24",
      publicIp: "192.0.2.1",
      underlay: "eth0",
      device: "flannel.1",
      podMtu: 1450,
    },
    { family: "ipv6", subnet: "fd00:1::/64", publicIp: "2001:db8::1", underlay: "eth0", podMtu: 1500 },
  ],
  peers: [
    { name: "n2", family: "ipv4", subnet: "10.1.2.0/24", publicIp: "192.0.2.2", state: "connected" },
    {
      name: "n3",
      family: "ipv4",
      subnet: "10.1.3.0/24",
      publicIp: "192.0.2.3",
      state: "failed",
      why: "no route to it",
    },
    { name: "n2", family: "ipv6", subnet: "fd00:2::/64", publicIp: "2001:db8::2", state: "connected" },
  ],
  repairs: 0,
  repaired: 0,
};

function way(from: string, to: string, cluster: ClusterStatus | "none" = CLUSTER) {
  const { hops, notes } = wayOf(from, to, PODS, cluster === "none" ? undefined : cluster, "n1");
  return [hops.map(({ kind, name, detail }) => `${kind} ${name} ${detail}`), notes];
}

const a = ["pod shop/a eth0 10.1.0.2", "veth veth-a on this node", "bridge cni0 on this node"];

Deno.test("pods of one bridge reach each other through it alone", () => {
  assertEquals(way("shop/a", "shop/b"), [[...a, "veth veth-b on this node", "pod shop/b eth0 10.1.0.3"], []]);
  assertEquals(way("c0ffee-a", "10.1.0.3")[0]!.length, 5);
  assertEquals(way("shop/a", "fd00:1::3")[0]![0], "pod shop/a eth0 fd00:1::2");
  // An address written in another way is the same.
  assertEquals(way("fd00:1:0::2", "shop/six")[0]!.at(-1), "pod shop/six eth0 fd00:1::9");
});

Deno.test("between bridges, and to a pod without one, the node routes", () => {
  assertEquals(way("shop/a", "shop/other")[0], [
    ...a,
    "node n1 routes",
    "bridge cni1 on this node",
    "veth veth-other on this node",
    "pod shop/other eth0 10.9.0.2",
  ]);
  assertEquals(way("shop/alone", "shop/a")[0], [
    "pod shop/alone eth0 10.5.0.2",
    "veth veth-alone on this node",
    "node n1 routes",
    ...a.toReversed(),
  ]);
});

Deno.test("to a pod of another node it goes through the tunnel, or the underlay alone", () => {
  assertEquals(way("shop/a", "10.1.2.7"), [
    [
      ...a,
      "node n1 routes",
      "tunnel flannel.1 VXLAN",
      "underlay eth0 192.0.2.1 to 192.0.2.2",
      "peer n2 192.0.2.2, has 10.1.2.0/24",
      "veth its veth on n2",
      "pod pod 10.1.2.7",
    ],
    ["The pod that has 10.1.2.7 is known to n2: its agent says more."],
  ]);
  const six = way("shop/a", "fd00:2::7")[0]!;
  assertEquals(six.filter((it) => /^(tunnel|underlay)/.test(it)), ["underlay eth0 2001:db8::1 to 2001:db8::2"]);
  assertEquals(way("shop/a", "10.1.3.7")[1]![0], "n3 is failed: no route to it.");
});

Deno.test("what no node has is beyond; a pod's way to itself does not leave it", () => {
  const note = "No node of the overlay has this address: the node's own routes decide where it goes.";
  assertEquals(way("shop/a", "198.51.100.1"), [[...a, "node n1 routes", "network beyond 198.51.100.1"], [note]]);
  assertEquals(way("shop/a", "10.1.2.7", "none")[1], [note]);
  assertEquals(way("shop/a", "10.1.0.2"), [["pod shop/a eth0 10.1.0.2"], [
    "A packet to the pod itself never leaves it.",
  ]]);
});

Deno.test("who is not known is named", () => {
  const refusal = (from: string, to: string) => assertThrows(() => way(from, to), RangeError).message;
  assertEquals(
    refusal("shop/none", "shop/a"),
    'from must be NAMESPACE/POD or the container of an attachment on this node, or an address: "shop/none" is none',
  );
  assertEquals(refusal("shop/a", "").startsWith("to must be"), true);
  assertEquals(
    refusal("10.1.2.7", "shop/a"),
    "from must be a pod of this node: 10.1.2.7 is none; ask the agent of its node",
  );
  assertEquals(
    refusal("shop/alone", "shop/six"),
    "from and to must have addresses of one family: shop/alone and shop/six have not",
  );
});

Deno.test("segments are the largest first, and links of their own last", () => {
  assertEquals(segmentsOf(PODS).map(({ name, pods }) => [name, pods.length]), [["cni0", 3], ["cni1", 1], ["", 1]]);
  assertEquals(networksOf(PODS), ["10.1.0.0/24", "10.5.0.2/32", "10.9.0.0/24", "fd00:1::/64"]);
});
