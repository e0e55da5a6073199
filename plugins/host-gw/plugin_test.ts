import { assert, assertEquals } from "@std/assert";
import type { Peer } from "cnidaria:cni/controller@0.3.0";
import { failureOf, loadController, NODES } from "../sdk/testing/mod.ts";

const controller = await loadController(new URL("./", import.meta.url));

const NETWORK = {
  Network: "10.244.0.0/16",
  EnableIPv6: true,
  IPv6Network: "fd00:42::/48",
  Backend: { Type: "host-gw" },
};
const PEER: Peer = {
  name: "n2",
  subnet: "10.244.2.0/24",
  publicIp: "192.168.0.2",
  backendType: "host-gw",
  backendData: "",
};

Deno.test("prepare(): no device, and all of the underlay's MTU", () => {
  for (const node of Object.values(NODES)) {
    const { addresses, backendData, device, podMtu } = controller.prepare(NETWORK, node);
    assertEquals([addresses, backendData, device, podMtu], [[], "", undefined, 1500]);
  }
});

Deno.test("reconcile(): a route by each peer, of either family", () => {
  const peer6 = { ...PEER, subnet: "fd00:42:0:2::/64", publicIp: "2001:db8::2" };
  const plans = [...controller.reconcile(NETWORK, [PEER]), ...controller.reconcile(NETWORK, [peer6], NODES.ipv6)];
  assertEquals(plans, [
    {
      routes: [{ dst: "10.244.2.0/24", gateway: "192.168.0.2", link: "eth0", onlink: false }],
      neighbors: [],
      fdb: [],
    },
    {
      routes: [{ dst: "fd00:42:0:2::/64", gateway: "2001:db8::2", link: "eth0", onlink: false }],
      neighbors: [],
      fdb: [],
    },
  ]);
});

for (
  const [change, why] of [
    [
      { publicIp: "192.168.1.2" },
      "its public address 192.168.1.2 is not on the link eth0 of this node, and host-gw has",
    ],
    [{ backendType: "vxlan" }, 'its backend is "vxlan", and not host-gw'],
    [{ subnet: "10.244.1.0/24" }, "its subnet 10.244.1.0/24 overlaps that of this node"],
  ] as const
) {
  Deno.test(`reconcile() refuses ${JSON.stringify(change)}, and that peer alone`, () => {
    const [bad, good] = controller.reconcile(NETWORK, [{ ...PEER, ...change, name: "bad" }, PEER]);
    const { refused, ...rest } = bad!;
    assertEquals(rest, { routes: [], neighbors: [], fdb: [] });
    assert(refused?.startsWith(`Cannot reach node "bad" as ${why}`), refused);
    assertEquals(good?.routes.length, 1);
  });
}

Deno.test("a peer that is not on the link: what would help is said", () => {
  const [plan] = controller.reconcile(NETWORK, [{ ...PEER, publicIp: "192.168.1.2" }]);
  assert(plan?.refused?.includes('set "Backend.Type" to "vxlan"'), plan?.refused);
});

Deno.test("both functions refuse a network that lacks the family, and a public address of the other one", () => {
  const lacks = { ...NETWORK, IPv6Network: undefined };
  const runs = [() => controller.prepare(lacks, NODES.ipv6), () => controller.reconcile(lacks, [], NODES.ipv6)];
  for (const run of runs) {
    const failure = failureOf(run);
    assertEquals([failure.code, failure.message.includes("IPv6Network must be a network of IPv6")], [7, true]);
  }
  const other = failureOf(() => controller.prepare(NETWORK, { ...NODES.ipv6, publicIp: "192.168.0.1" }));
  assert(other.message.includes("of the other family: 192.168.0.1"), other.message);
});
