import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { networkTest } from "../test_context.ts";
import { ChecksumOffload } from "./checksum_offload.ts";
import { describeDifference } from "./difference.ts";
import { Overlay } from "./overlay.ts";
import { makeNode, run, vxlanNode } from "./testing.ts";

networkTest("a VXLAN device's checksum offload is read and switched", (context) => {
  const { close } = makeNode(context);
  const offload = new ChecksumOffload(context.namespace("container"));
  run(context, "ip link add vx0 type vxlan id 9 dstport 8472 local 192.168.7.1");
  assertEquals(offload.get("vx0"), true);
  offload.set("vx0", false);
  assertEquals(offload.get("vx0"), false);
  offload.set("vx0", true);
  assertEquals(offload.get("vx0"), true);
  assertEquals(offload.get("nothing"), undefined);
  assertThrows(
    () => offload.set("nothing", false),
    HostCallError,
    "Cannot switch the checksum offload of nothing off as there is no such link (ENODEV)",
  );
  offload.close();
  close();
});

networkTest("the overlay switches it off, and again when it is on", (context) => {
  const { overlay, close } = makeNode(context);
  const offload = new ChecksumOffload(context.namespace("container"));
  overlay.setNode("ipv4", vxlanNode());
  assertEquals(offload.get("flannel.1"), false);
  offload.set("flannel.1", true);
  assertEquals(overlay.compare().map(describeDifference), [
    "different: the checksum offload of flannel.1: it is on, which makes connections stand still on some kernels",
  ]);
  assertEquals(overlay.repair().made, 1);
  assertEquals([offload.get("flannel.1"), overlay.compare()], [false, []]);
  offload.close();
  close();
});

networkTest("a kernel that cannot do it is noted, and no failure", (context) => {
  const { close } = makeNode(context);
  const unable = {
    get: () => true,
    set: () => {
      throw new HostCallError("unsupported", "Cannot switch the checksum offload of flannel.1 off as ...");
    },
  };
  for (
    const [offload, note] of [
      [unable, "Cannot switch the checksum offload of flannel.1 off as ..."],
      [{ ...unable, get: () => undefined }, "flannel.1 has no checksum offload that could be switched off"],
    ] as const
  ) {
    const report = new Overlay(context.netlink("container"), offload).setNode("ipv4", vxlanNode());
    assertEquals([report.notes, report.errors], [[note], []]);
  }
  close();
});
