import { assert, assertEquals } from "@std/assert";
import type { PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { networkTest, type TestContext } from "../test_context.ts";
import { describeDifference } from "./difference.ts";
import { OVERLAY_PROTOCOL } from "./object.ts";
import { directNode, directPeer, makeNode, run, tunnelPeer, UNDERLAY, vxlanNode } from "./testing.ts";

/** As `ip` and `bridge` see them. */
function seen(context: TestContext, device = "flannel.1") {
  // deno-lint-ignore no-explicit-any
  type Entry = any;
  const routes = context.ip("container", "route").filter((it: Entry) => it.protocol === String(OVERLAY_PROTOCOL));
  const neighbors = context.ip("container", "neigh", "show", "dev", device, "nud", "permanent");
  const fdb = context.command("container", "bridge", ["-j", "fdb", "show", "dev", device]);
  return {
    routes: routes.map((it: Entry) => `${it.dst} ${it.gateway} ${it.dev} ${it.flags}`).sort(),
    neighbors: neighbors.map((it: Entry) => `${it.dst} ${it.lladdr}`).sort(),
    fdb: fdb.map((it: Entry) => `${it.mac} ${it.dst} ${it.state}`).sort(),
  };
}

networkTest("an overlay from nothing: device, address, and what each peer needs", (context) => {
  const { overlay, close } = makeNode(context);
  const node = overlay.setNode("ipv4", vxlanNode());
  assertEquals(node.errors, []);
  const [device] = context.ip("container", "link", "show", "flannel.1");
  const { id, port, local, link, learning } = device.linkinfo.info_data;
  assertEquals([id, port, local, link, learning], [1, 8472, "192.168.7.1", UNDERLAY, false]);
  assertEquals([device.mtu, device.address, device.inet6_addr_gen_mode], [1450, "02:aa:00:00:00:01", "none"]);
  assert(device.flags.includes("UP"));
  const [addresses] = context.ip("container", "address", "show", "flannel.1");
  // deno-lint-ignore no-explicit-any
  assertEquals(addresses.addr_info.map((it: any) => `${it.local}/${it.prefixlen}`), ["10.244.0.0/32"]);

  const report = overlay.setAllPeers("ipv4", [["one", tunnelPeer(1)], ["two", tunnelPeer(2)]]);
  assertEquals([report.made, report.removed, report.errors], [6, 0, []]);
  assertEquals(seen(context), {
    routes: ["10.244.1.0/24 10.244.1.0 flannel.1 onlink", "10.244.2.0/24 10.244.2.0 flannel.1 onlink"],
    neighbors: ["10.244.1.0 02:bb:00:00:00:01", "10.244.2.0 02:bb:00:00:00:02"],
    fdb: ["02:bb:00:00:00:01 192.168.0.1 permanent", "02:bb:00:00:00:02 192.168.0.2 permanent"],
  });
  assertEquals(overlay.compare(), []);
  close();
});

networkTest("the same again writes nothing, and costs nothing", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  overlay.setAllPeers("ipv4", [["one", tunnelPeer(1)]]);
  const again = overlay.setPeer("ipv4", "one", tunnelPeer(1));
  assertEquals([again.messages, again.made, again.unchanged], [0, 0, 3]);
  for (const report of [overlay.setNode("ipv4", vxlanNode()), overlay.repair()]) {
    assertEquals([report.made, report.removed, report.errors], [0, 0, []]);
    assert(report.unchanged >= 4);
  }
  close();
});

networkTest("one changed peer takes as many messages among 300 as among 3", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  const counts = [3, 300].map((size) => {
    overlay.setAllPeers("ipv4", Array.from({ length: size }, (_, at) => [`n${at + 1}`, tunnelPeer(at + 1)]));
    const moved = overlay.setPeer("ipv4", "n2", tunnelPeer(2, "ipv4", 9000));
    assertEquals(moved.errors, []);
    assertEquals(overlay.compare(), []);
    const back = overlay.setPeer("ipv4", "n2", tunnelPeer(2));
    const gone = overlay.setPeer("ipv4", "n3", undefined);
    return [moved, back, gone].map(({ messages, made, removed }) => ({ messages, made, removed }));
  });
  // Another host and MAC: neighbour and entry are set, the old entry is removed; the route stays.
  const changed = { messages: 3, made: 2, removed: 1 };
  assertEquals(counts, [0, 1].map(() => [changed, changed, { messages: 3, made: 0, removed: 3 }]));
  close();
});

networkTest("a device of flanneld is kept with what it has, and its routes become ours without a gap", (context) => {
  const { overlay, close } = makeNode(context);
  run(
    context,
    `ip link add flannel.1 address 02:aa:00:00:00:01 mtu 1450 type vxlan id 1 dstport 8472 local 192.168.7.1 dev ${UNDERLAY} nolearning`,
    "ip link set flannel.1 up",
    "ip address add 10.244.0.0/32 dev flannel.1",
    "ip route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink",
    "ip route add 10.244.9.0/24 via 10.244.9.0 dev flannel.1 onlink",
    "ip neigh add 10.244.1.0 lladdr 02:bb:00:00:00:01 dev flannel.1 nud permanent",
    "bridge fdb add 02:bb:00:00:00:01 dev flannel.1 dst 192.168.0.1",
    "bridge fdb add 02:bb:00:00:00:09 dev flannel.1 dst 192.168.0.9",
  );
  const [before] = context.ip("container", "link", "show", "flannel.1");
  const node = overlay.setNode("ipv4", vxlanNode());
  assertEquals(node.errors, []);
  // Until it is known who is there, everything stays.
  assertEquals(context.ip("container", "route", "show", "dev", "flannel.1").length, 2);
  const report = overlay.setAllPeers("ipv4", [["one", tunnelPeer(1)]]);
  // The route is taken over; what node 9 had is removed.
  assertEquals([report.made, report.removed, report.errors], [1, 2, []]);
  assertEquals(context.ip("container", "link", "show", "flannel.1")[0].ifindex, before.ifindex);
  assertEquals(seen(context).routes, ["10.244.1.0/24 10.244.1.0 flannel.1 onlink"]);
  assertEquals(overlay.compare(), []);
  close();
});

networkTest("a device that cannot be changed is made anew; one that can, is kept", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  overlay.setAllPeers("ipv4", [["one", tunnelPeer(1)]]);
  const index = () => context.ip("container", "link", "show", "flannel.1")[0].ifindex;
  const first = index();
  run(context, `ip address add 192.168.7.77/24 dev ${UNDERLAY}`);
  for (const changes of [{ mtu: 1400 }, { mac: "02:aa:00:00:00:02" }, { local: "192.168.7.77" }, { learning: true }]) {
    assertEquals(overlay.setNode("ipv4", vxlanNode("ipv4", changes)).errors, []);
    assertEquals(overlay.compare(), [], JSON.stringify(changes));
  }
  assertEquals(index(), first);
  for (const changes of [{ vni: 2 }, { port: 4789 }, { gbp: true }]) {
    const before = index();
    assertEquals(overlay.setNode("ipv4", vxlanNode("ipv4", changes)).errors, []);
    assert(index() !== before, JSON.stringify(changes));
    assertEquals(overlay.compare(), []);
  }
  assertEquals(seen(context).routes.length, 1);
  close();
});

networkTest("what has the device's name or VNI is named, and left alone", (context) => {
  const { overlay, close } = makeNode(context);
  run(context, "ip link add flannel.1 type bridge");
  const [first] = overlay.setNode("ipv4", vxlanNode()).errors;
  assert(first!.message.startsWith('Cannot make the VXLAN device flannel.1 as a link of kind "bridge" has its name'));
  run(context, "ip link delete flannel.1", "ip link add other type vxlan id 1 dstport 8472 local 192.168.7.99");
  const [second] = overlay.repair().errors;
  assert(second!.message.includes("as other has its VNI 1 and port 8472"), second!.message);
  assertEquals(overlay.compare()[0]?.state, "missing");
  run(context, "ip link delete other");
  assertEquals(overlay.repair().errors, []);
  close();
});

networkTest("an MTU that the link below has no room for is said", (context) => {
  const { overlay, close } = makeNode(context);
  // The kernel gives a new device what there is, and then refuses more.
  overlay.setNode("ipv4", vxlanNode("ipv4", { mtu: 9000 }));
  assertEquals(overlay.compare().map(({ found }) => found), ["its MTU is 1450, not 9000"]);
  assertEquals(
    overlay.repair().errors.map(({ message }) => message),
    ["Cannot set the MTU 9000 (up0 below has 1500) of flannel.1 as the kernel finds an argument invalid (EINVAL)"],
  );
  close();
});

networkTest("two peers that want the same: the last has it, and when it goes, the other", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  overlay.setAllPeers("ipv4", [["one", tunnelPeer(1)], ["late", tunnelPeer(1, "ipv4", 7)]]);
  const entries = () => [seen(context).neighbors, seen(context).fdb.length];
  assertEquals(entries(), [["10.244.1.0 02:bb:00:00:00:07"], 2]);
  assertEquals(overlay.setPeer("ipv4", "one", tunnelPeer(1)).messages, 0);
  overlay.setPeer("ipv4", "late", undefined);
  assertEquals(entries(), [["10.244.1.0 02:bb:00:00:00:01"], 1]);
  assertEquals(seen(context).routes.length, 1);
  assertEquals(overlay.compare(), []);
  overlay.setPeer("ipv4", "one", undefined);
  assertEquals(seen(context), { routes: [], neighbors: [], fdb: [] });
  close();
});

networkTest("a peer that fails does not stop the others, and is named", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", directNode());
  const unreachable: PeerPlan = { ...directPeer(2), routes: [{ ...directPeer(2).routes[0]!, gateway: "172.31.0.2" }] };
  const peers: [string, PeerPlan][] = [["bad", unreachable], ["one", directPeer(1, "ipv4", 21)]];
  peers.push(["refused", { ...directPeer(3), refused: "Cannot reach refused as it is of another kind" }]);
  const report = overlay.setAllPeers("ipv4", peers);
  assertEquals([report.made, report.errors.length, report.errors[0]?.peer], [1, 1, "bad"]);
  assertEquals(
    report.errors[0]?.message.split(";")[0],
    "Cannot set the route to 10.244.2.0/24 via 172.31.0.2 on up0 as the gateway cannot be reached: " +
      "no address of a link covers it (ENETUNREACH)",
  );
  assertEquals(seen(context, UNDERLAY).routes.length, 1);
  // It is tried again.
  run(context, `ip address add 172.31.0.1/24 dev ${UNDERLAY}`);
  const retried = overlay.repair();
  assertEquals([retried.made, retried.errors], [1, []]);
  close();
});

networkTest("many that fail are all named, and a plan that reaches too far is refused", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", directNode());
  const far = (number: number) => ({ ...directPeer(number).routes[0]!, gateway: "172.31.0.2" });
  const peers = Array.from({ length: 1000 }, (_, at): [string, PeerPlan] => {
    return [`n${at + 1}`, { routes: [far(at + 1)], neighbors: [], fdb: [] }];
  });
  const report = overlay.setAllPeers("ipv4", peers);
  assertEquals([report.made, new Set(report.errors.map(({ peer }) => peer)).size], [0, 1000]);
  const greedy = { ...directPeer(1), routes: [{ ...directPeer(1).routes[0]!, dst: "0.0.0.0/0" }] };
  assertEquals(overlay.setPeer("ipv4", "greedy", greedy).errors, [{
    family: "ipv4",
    peer: "greedy",
    message: "Cannot use the route to 0.0.0.0/0 as it is outside the network 10.0.0.0/8",
  }]);
  // It is refused still, whatever is compared.
  const refusals = () => overlay.repair().errors.filter(({ peer }) => peer === "greedy").length;
  assertEquals(refusals(), 1);
  // Told once, by whatever refuses it; and no more when it is not among all there are.
  assertEquals(overlay.setAllPeers("ipv4", [["greedy", greedy]]).errors.length, 1);
  assertEquals(refusals(), 1);
  overlay.setAllPeers("ipv4", []);
  assertEquals(refusals(), 0);
  assertEquals(
    overlay.setPeer("ipv6", "one", tunnelPeer(1, "ipv6")).errors[0]?.message,
    "Cannot reach one as this node itself has no ipv6 in the overlay",
  );
  const bad = overlay.setNode("ipv4", { ...directNode(), network: "everywhere" });
  assertEquals(bad.errors, [{
    family: "ipv4",
    message: 'Cannot use "everywhere" as its network as it is not in CIDR notation',
  }]);
  close();
});

networkTest("outside the device, only routes with our number are swept", (context) => {
  const { overlay, close } = makeNode(context);
  run(
    context,
    `ip route add 10.244.8.0/24 via 192.168.7.8 dev ${UNDERLAY}`,
    `ip route add 10.244.9.0/24 via 192.168.7.9 dev ${UNDERLAY} proto ${OVERLAY_PROTOCOL}`,
  );
  overlay.setNode("ipv4", directNode());
  const report = overlay.setAllPeers("ipv4", [["one", directPeer(1, "ipv4", 21)]]);
  assertEquals([report.made, report.removed], [1, 1]);
  // deno-lint-ignore no-explicit-any
  const routes = context.ip("container", "route").map((it: any) => it.dst).sort();
  assertEquals(routes, ["10.244.1.0/24", "10.244.8.0/24", "192.168.7.0/24"]);
  close();
});

networkTest("both families, each with its device; one goes, and the other stays", (context) => {
  const { overlay, close } = makeNode(context);
  for (const family of ["ipv4", "ipv6"] as const) {
    assertEquals(overlay.setNode(family, vxlanNode(family)).errors, []);
    const report = overlay.setAllPeers(family, [["one", tunnelPeer(1, family)], ["two", tunnelPeer(2, family)]]);
    assertEquals([report.made, report.errors], [6, []], family);
  }
  assertEquals(overlay.compare(), []);
  const routes = () => context.ip("container", "-6", "route", "show", "dev", "flannel-v6.1");
  // deno-lint-ignore no-explicit-any
  assertEquals(routes().filter((it: any) => it.gateway).map((it: any) => `${it.dst} ${it.gateway}`), [
    "fd00:244:0:1::/64 fd00:244:0:1::",
    "fd00:244:0:2::/64 fd00:244:0:2::",
  ]);
  assertEquals(overlay.setPeer("ipv6", "two", undefined).removed, 3);
  assertEquals(overlay.setNode("ipv6", undefined).errors, []);
  assertEquals(overlay.compare(), []);
  assertEquals(seen(context).routes.length, 2);
  // deno-lint-ignore no-explicit-any
  const names = context.ip("container", "link").map((it: any) => it.ifname);
  assertEquals([names.includes("flannel-v6.1"), names.includes("flannel.1")], [false, true]);
  close();
});

networkTest("a peer moves from the tunnel to the link between the nodes, and back", (context) => {
  for (const family of ["ipv4", "ipv6"] as const) {
    const { overlay, close } = makeNode(context);
    overlay.setNode(family, vxlanNode(family));
    overlay.setAllPeers(family, [["one", tunnelPeer(1, family)]]);
    for (const plan of [directPeer(1, family, 21), tunnelPeer(1, family)]) {
      assertEquals(overlay.setPeer(family, "one", plan).errors, []);
      assertEquals(overlay.compare().map(describeDifference), []);
    }
    overlay.setNode(family, undefined);
    run(context, `ip link delete ${UNDERLAY}`);
    close();
  }
});

networkTest("without its device no peer is written, each is named once, and all come back with it", (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  overlay.setAllPeers("ipv4", [["one", tunnelPeer(1)], ["two", tunnelPeer(2)]]);
  run(context, "ip link delete flannel.1");
  run(context, `ip link set ${UNDERLAY} name gone`);
  const broken = overlay.repair();
  assertEquals(broken.errors.map(({ peer, message }) => [peer, message]), [
    [undefined, `Cannot make the VXLAN device flannel.1 on ${UNDERLAY} as there is no such link`],
    ["one", "Cannot reach one by flannel.1 as there is no such link"],
    ["two", "Cannot reach two by flannel.1 as there is no such link"],
  ]);
  assert(broken.messages < 12, `${broken.messages} messages`);
  assertEquals(overlay.setPeer("ipv4", "two", undefined).errors, []);
  assertEquals(overlay.setPeer("ipv4", "three", tunnelPeer(3)).errors.length, 1);
  run(context, `ip link set gone name ${UNDERLAY}`);
  assertEquals(overlay.repair().errors, []);
  assertEquals(overlay.compare(), []);
  assertEquals(seen(context).routes.length, 2);
  close();
});
