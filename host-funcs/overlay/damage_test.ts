// Whatever someone does to the overlay is noticed, said, and made right.

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { networkTest, type TestContext } from "../test_context.ts";
import { describeDifference } from "./difference.ts";
import type { Overlay } from "./overlay.ts";
import { directPeer, makeNode, run, tunnelPeer, UNDERLAY, vxlanNode } from "./testing.ts";
import { OverlayWatch } from "./watch.ts";

const PEERS = [["one", tunnelPeer(1)], ["two", tunnelPeer(2)], ["near", directPeer(3, "ipv4", 23)]] as const;
const PEERS6 = [["one", tunnelPeer(1, "ipv6")], ["near", directPeer(3, "ipv6", 23)]] as const;

/** Each with what the comparison says of it. */
const DAMAGE: Record<string, readonly [commands: string[], said: string]> = {
  "the device is deleted": [["ip link delete flannel.1"], "missing: the VXLAN device flannel.1"],
  "the device is set down": [["ip link set flannel.1 down"], "different: the VXLAN device flannel.1: it is down"],
  "the device is renamed": [["ip link set flannel.1 name other"], "its name is other, not flannel.1"],
  "the device is renamed, and another takes its name": [
    ["ip link set flannel.1 name other", "ip link add flannel.1 type vxlan id 7 dstport 99 local 10.0.0.1"],
    "its name is other, not flannel.1",
  ],
  "the MTU is changed": [["ip link set flannel.1 mtu 1400"], "its MTU is 1400, not 1450"],
  "the MAC is changed": [["ip link set flannel.1 address 02:00:00:00:00:99"], "its MAC is 02:00:00:00:00:99"],
  "the tunnel's address is changed": [
    ["ip link set flannel.1 type vxlan id 1 local 192.168.7.3"],
    "its local address is 192.168.7.3, not 192.168.7.1",
  ],
  "the device is replaced by another of its name": [
    ["ip link delete flannel.1", "ip link add flannel.1 type vxlan id 1 dstport 4789 local 192.168.7.1"],
    "its UDP port is 4789, not 8472",
  ],
  "the address is removed": [
    ["ip address del 10.244.0.0/32 dev flannel.1"],
    "missing: the address 10.244.0.0/32 of flannel.1",
  ],
  "an address is added": [["ip address add 10.1.1.1/32 dev flannel.1"], "foreign: the address 10.1.1.1/32"],
  "an IPv6 address is added": [["ip address add fd99::1/128 dev flannel.1 nodad"], "foreign: the address fd99::1/128"],
  "routes are flushed": [["ip route flush dev flannel.1"], "missing: the route to 10.244.1.0/24 via 10.244.1.0"],
  "a direct route is removed": [["ip route del 10.244.3.0/24"], "missing: the route to 10.244.3.0/24 via 192.168.7.23"],
  "a route goes another way": [
    [`ip route replace 10.244.1.0/24 via 192.168.7.9 dev ${UNDERLAY}`],
    "different: the route to 10.244.1.0/24 via 10.244.1.0 on flannel.1: the route to 10.244.1.0/24 via 192.168.7.9",
  ],
  "a route is added on the device": [
    ["ip route add 10.99.0.0/24 via 10.244.1.0 dev flannel.1 onlink"],
    "foreign: the route to 10.99.0.0/24",
  ],
  "an IPv6 route is removed": [["ip -6 route del fd00:244:0:1::/64"], "missing: the route to fd00:244:0:1::/64"],
  "an IPv6 route goes another way": [
    [`ip -6 route replace fd00:244:0:1::/64 via fd00:7::9 dev ${UNDERLAY}`],
    "different: the route to fd00:244:0:1::/64",
  ],
  "an IPv6 route gets a second way": [
    [`ip -6 route append fd00:244:0:3::/64 via fd00:7::9 dev ${UNDERLAY}`],
    "different: the route to fd00:244:0:3::/64",
  ],
  "an IPv6 route is replaced by two": [
    [
      `ip -6 route replace fd00:244:0:1::/64 via fd00:7::9 dev ${UNDERLAY}`,
      "ip -6 route append fd00:244:0:1::/64 dev flannel-v6.1",
    ],
    "different: the route to fd00:244:0:1::/64",
  ],
  "an IPv6 route is added beside ours": [
    ["ip -6 route append fd00:244:0:1::/64 dev flannel-v6.1"],
    "foreign: the route to fd00:244:0:1::/64 on flannel-v6.1",
  ],
  "a neighbour is removed": [["ip neigh del 10.244.1.0 dev flannel.1"], "missing: the neighbour 10.244.1.0"],
  "a neighbour gets another MAC": [
    ["ip neigh replace 10.244.1.0 lladdr 02:00:00:00:00:98 dev flannel.1 nud permanent"],
    "different: the neighbour 10.244.1.0 (02:bb:00:00:00:01) of flannel.1",
  ],
  "a neighbour may expire": [
    ["ip neigh replace 10.244.1.0 lladdr 02:bb:00:00:00:01 dev flannel.1 nud stale"],
    "different: the neighbour 10.244.1.0",
  ],
  "a neighbour is added": [
    ["ip neigh add 10.99.0.1 lladdr 02:00:00:00:00:98 dev flannel.1 nud permanent"],
    "foreign: the neighbour 10.99.0.1",
  ],
  "an IPv6 neighbour is removed": [
    ["ip neigh del fd00:244:0:1:: dev flannel-v6.1"],
    "missing: the neighbour fd00:244:0:1::",
  ],
  "a forwarding entry is removed": [
    ["bridge fdb del 02:bb:00:00:00:01 dev flannel.1"],
    "missing: the forwarding entry 02:bb:00:00:00:01 to 192.168.0.1",
  ],
  "a forwarding entry leads elsewhere": [
    ["bridge fdb replace 02:bb:00:00:00:01 dev flannel.1 dst 192.168.7.66"],
    "different: the forwarding entry 02:bb:00:00:00:01 to 192.168.0.1",
  ],
  "a forwarding entry leads to a second place": [
    [
      "bridge fdb del 02:bb:00:00:00:01 dev flannel.1",
      "bridge fdb add 00:00:00:00:00:00 dev flannel.1 dst 192.168.7.66",
      "bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.168.7.67",
    ],
    "foreign: the forwarding entry 00:00:00:00:00:00 to 192.168.7.67",
  ],
  "a forwarding entry is added": [
    ["bridge fdb add 02:00:00:00:00:97 dev flannel.1 dst 192.168.7.66"],
    "foreign: the forwarding entry 02:00:00:00:00:97 to 192.168.7.66",
  ],
};

function makeOverlay(context: TestContext): { overlay: Overlay; close(): void } {
  const { overlay, close } = makeNode(context);
  const reports = [
    overlay.setNode("ipv4", vxlanNode()),
    overlay.setNode("ipv6", vxlanNode("ipv6")),
    overlay.setAllPeers("ipv4", PEERS),
    overlay.setAllPeers("ipv6", PEERS6),
  ];
  assertEquals(reports.flatMap(({ errors }) => errors), []);
  assertEquals(overlay.compare(), []);
  return { overlay, close };
}

/** What the kernel has, by another reader than ours. */
function seen(context: TestContext): string {
  const of = (...args: string[]) => context.ip("container", ...args);
  const parts = [
    ["flannel.1", "flannel-v6.1"].map((name) => {
      const [{ mtu, address, flags, linkinfo }] = of("link", "show", name);
      return { mtu, address, up: flags.includes("UP"), data: linkinfo.info_data };
    }),
    of("address", "show", "dev", "flannel.1")[0].addr_info.map((it: { local: string }) => it.local),
    [...of("route"), ...of("-6", "route")]
      // deno-lint-ignore no-explicit-any
      .map((it: any) => [it.dst, it.gateway, it.dev, it.protocol, it.flags, it.nexthops].join(" ")).sort(),
    ["flannel.1", "flannel-v6.1"].map((name) => {
      // deno-lint-ignore no-explicit-any
      return of("neigh", "show", "dev", name, "nud", "permanent").map((it: any) => `${it.dst} ${it.lladdr}`).sort();
    }),
    ["flannel.1", "flannel-v6.1"].map((name) => {
      return context.command("container", "bridge", ["-j", "fdb", "show", "dev", name])
        // deno-lint-ignore no-explicit-any
        .map((it: any) => `${it.mac} ${it.dst} ${it.state}`).sort();
    }),
  ];
  return JSON.stringify(parts, undefined, 1);
}

networkTest("each kind of damage is noticed, said and repaired", async (context) => {
  const { overlay, close } = makeOverlay(context);
  const before = seen(context);
  const watch = new OverlayWatch(context.namespace("container"), overlay);
  for (const [name, [commands, said]] of Object.entries(DAMAGE)) {
    run(context, ...commands);
    const notice = await watch.wait(1000);
    assertEquals([notice?.overlay, notice?.lost], [true, false], `${name}: not noticed`);
    const differences = overlay.compare().map(describeDifference);
    assert(differences.some((text) => text.includes(said)), `${name}: ${differences.join("\n")}`);
    const report = overlay.repair();
    assertEquals(report.errors, [], name);
    assert(report.made + report.removed > 0);
    assertEquals(overlay.compare().map(describeDifference), [], name);
    assertEquals(seen(context), before, name);
    // What the repair itself has done concerns nobody.
    assertEquals(await watch.wait(20), undefined, `${name}: the echo of its repair`);
    const again = overlay.repair();
    assertEquals([again.made, again.removed], [0, 0], name);
  }
  watch.close();
  close();
});

networkTest("a forwarding entry that would expire, and leads elsewhere, gives way to the wanted one", (context) => {
  const { overlay, close } = makeOverlay(context);
  const before = seen(context);
  run(
    context,
    "bridge fdb del 02:bb:00:00:00:01 dev flannel.1",
    "bridge fdb add 02:bb:00:00:00:01 dev flannel.1 dst 192.168.7.66 dynamic",
  );
  assertEquals(overlay.compare().map(({ state }) => state), ["different"]);
  assertEquals(overlay.repair().errors, []);
  assertEquals(seen(context), before);
  close();
});

networkTest("after anything that was done, a repair leaves nothing to say, and the kernel as planned", (context) => {
  const { overlay, close } = makeNode(context);
  const fresh = () => {
    overlay.setNode("ipv4", undefined);
    overlay.setNode("ipv6", undefined);
    overlay.setNode("ipv4", vxlanNode());
    overlay.setNode("ipv6", vxlanNode("ipv6"));
    overlay.setAllPeers("ipv4", []);
    overlay.setAllPeers("ipv6", []);
  };
  const family = fc.constantFrom("ipv4" as const, "ipv6" as const);
  const peer = fc.integer({ min: 1, max: 4 });
  const step = fc.oneof(
    fc.record({ do: fc.constant("tunnel" as const), family, peer, remote: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant("direct" as const), family, peer, remote: fc.integer({ min: 31, max: 33 }) }),
    fc.record({ do: fc.constant("remove" as const), family, peer }),
    // Several peers want the same subnet.
    fc.record({ do: fc.constant("claim" as const), family, peer, remote: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant("damage" as const), damage: fc.constantFrom(...Object.keys(DAMAGE)) }),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      fresh();
      const wanted = new Map<string, [string, ReturnType<typeof tunnelPeer>][]>([["ipv4", []], ["ipv6", []]]);
      for (const step of steps) {
        if (step.do === "damage") {
          // What is to be damaged may not be there.
          for (const line of DAMAGE[step.damage]![0]) {
            try {
              run(context, line);
            } catch {
              continue;
            }
          }
          continue;
        }
        const name = step.do === "claim" ? `other${step.peer}` : `peer${step.peer}`;
        const plan = step.do === "remove"
          ? undefined
          : step.do === "direct"
          ? directPeer(step.peer, step.family, step.remote)
          : tunnelPeer(step.peer, step.family, step.remote);
        overlay.setPeer(step.family, name, plan);
        const list = wanted.get(step.family)!;
        const same = list.find(([known, before]) => known === name && JSON.stringify(before) === JSON.stringify(plan));
        if (same) continue;
        wanted.set(step.family, [
          ...list.filter(([known]) => known !== name),
          ...plan ? [[name, plan] as [string, typeof plan]] : [],
        ]);
      }
      const report = overlay.repair();
      assertEquals(report.errors, []);
      assertEquals(overlay.compare().map(describeDifference), []);
      const repaired = seen(context);
      // The same plans on a clean node give the same kernel.
      fresh();
      for (const [family, list] of wanted) overlay.setAllPeers(family as "ipv4" | "ipv6", list);
      assertEquals(repaired, seen(context));
    }),
    { numRuns: 25 },
  );
  close();
});
