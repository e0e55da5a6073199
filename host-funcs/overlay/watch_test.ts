import { assert, assertEquals, assertRejects } from "@std/assert";
import { networkTest } from "../test_context.ts";
import { makeNode, run, tunnelPeer, UNDERLAY, vxlanNode } from "./testing.ts";
import { OverlayWatch } from "./watch.ts";

networkTest("our own writes concern nobody, nor do links and routes of others", async (context) => {
  const { overlay, close } = makeNode(context);
  const watch = new OverlayWatch(context.namespace("container"), overlay);
  overlay.setNode("ipv4", vxlanNode());
  overlay.setAllPeers("ipv4", Array.from({ length: 300 }, (_, at) => [`n${at + 1}`, tunnelPeer(at + 1)]));
  overlay.setPeer("ipv4", "n7", tunnelPeer(7, "ipv4", 900));
  overlay.setPeer("ipv4", "n8", undefined);
  assertEquals(await watch.wait(50), undefined);
  run(
    context,
    "ip link add veth7 type veth peer name veth8",
    "ip link set veth7 up",
    "ip address add 10.7.7.7/24 dev veth7",
    "ip route add 10.98.0.0/24 dev veth7",
    "ip link delete veth7",
    // An address that is renewed.
    `ip address change fd00:7::1/64 dev ${UNDERLAY}`,
  );
  const first = await watch.wait(50);
  assert(first === undefined || !first.overlay);
  run(context, `ip address change fd00:7::1/64 dev ${UNDERLAY}`);
  assertEquals(await watch.wait(50), undefined);
  watch.close();
  close();
});

networkTest("what happens to the link between the nodes is told apart", async (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  const watch = new OverlayWatch(context.namespace("container"), overlay);
  for (
    const line of [
      `ip link set ${UNDERLAY} mtu 1400`,
      `ip address add 192.168.8.1/24 dev ${UNDERLAY}`,
      `ip address del 192.168.8.1/24 dev ${UNDERLAY}`,
      `ip link set ${UNDERLAY} down`,
    ]
  ) {
    run(context, line);
    const notice = await watch.wait(1000);
    assertEquals([line, notice?.underlay, notice?.lost], [line, true, false]);
    // What follows from it may come in parts.
    while (await watch.wait(20));
  }
  run(context, `ip link delete ${UNDERLAY}`);
  const notice = await watch.wait(1000);
  assertEquals([notice?.underlay, notice?.overlay], [true, true]);
  const [error] = overlay.repair().errors;
  assertEquals(error?.message, `Cannot make the VXLAN device flannel.1 on ${UNDERLAY} as there is no such link`);
  watch.close();
  close();
});

networkTest("a wait holds nobody up, and ends with the watch", async (context) => {
  const { overlay, close } = makeNode(context);
  const watch = new OverlayWatch(context.namespace("container"), overlay);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const waiting = watch.wait(10_000);
  await assertRejects(() => watch.wait(1), TypeError, "another wait is under way");
  await new Promise((resolve) => setTimeout(resolve, 100));
  clearInterval(timer);
  assert(ticks > 5, `${ticks} ticks`);
  const start = performance.now();
  watch.close();
  assertEquals(await waiting, undefined);
  assert(performance.now() - start < 1000);
  assertEquals(await watch.wait(1), undefined);
  watch.close();
  close();
});

networkTest("a loss of notifications is told", async (context) => {
  const { overlay, close } = makeNode(context);
  overlay.setNode("ipv4", vxlanNode());
  const watch = new OverlayWatch(context.namespace("container"), overlay, 4096);
  overlay.setAllPeers("ipv4", Array.from({ length: 200 }, (_, at) => [`n${at + 1}`, tunnelPeer(at + 1)]));
  assertEquals((await watch.wait(1000))?.lost, true);
  watch.close();
  close();
});
