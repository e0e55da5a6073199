import { assertEquals, assertMatch } from "@std/assert";
import { createLinks } from "../../../host-funcs/links/mod.ts";
import { PlannedKernel } from "../../../host-funcs/planned/kernel.ts";
import type { HostContext } from "../../../host-funcs/context.ts";
import { tryLimits } from "./traffic_control.ts";

/** A node in memory that lacks something. */
function nodeWithout(...parts: string[]) {
  const kernel = new PlannedKernel({
    netlink: () => undefined,
    parameter: () => undefined,
    packetFilter: () => undefined,
  });
  const netlink = kernel.netlink("host");
  const context: Pick<HostContext, "netlink" | "record"> = { netlink: () => netlink, record: () => {} };
  createLinks(context as HostContext).createVeth({ peerNs: "host", peerName: "peer", name: "try-veth" });
  for (const part of parts) kernel.network.links.kinds.delete(part) || kernel.network.traffic.kinds.delete(part);
  return tryLimits(netlink, "try-veth");
}

Deno.test("tryLimits() says whether egress is queued, policed, or not limited at all", () => {
  assertEquals(nodeWithout(), {
    subject: "bandwidth",
    state: "ok",
    why: "ingress is limited by tbf, egress by tbf on an ifb",
  });
  const policed = nodeWithout("ifb");
  assertEquals([policed.state, policed.advice], ["warn", "modprobe ifb"]);
  assertMatch(policed.why, /egress by police/);
  for (const part of ["tbf", "ingress", "u32", "mirred"]) {
    const { state, why, advice } = nodeWithout(part);
    assertEquals(state, "warn");
    assertMatch(why, new RegExp(`kernel lacks .*${part}.*no limits of traffic`));
    assertMatch(advice ?? "", new RegExp(part));
  }
  assertMatch(nodeWithout("ifb", "police").why, /lacks cls_u32 and act_police/);
});
