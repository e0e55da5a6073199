// That counters keep what they have counted, by real packets of the loopback link.

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Change } from "cnidaria:cni/nftables@0.3.0";
import { accept, addSet, baseChain, drop, put, rule } from "./testing/changes.ts";
import { kernelTest, must } from "./testing/with_kernel.ts";

const counted = (...names: string[]) =>
  baseChain("out", "output", ...names.map((val) => rule([], [{ tag: "counter", val }])));
const add = (val: string): Change => ({ tag: "add-counter", val });

/** Somebody listens to nothing there: a packet goes, and one that refuses comes. */
async function send(): Promise<void> {
  new Deno.Command("ip", { args: ["link", "set", "lo", "up"] }).outputSync();
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: 1 }));
}

kernelTest("counters count, and keep their counts whatever else changes", async ({ open, nft }) => {
  const kernel = open();
  kernel.apply([add("all"), add("unused"), counted("all")]);
  assertEquals(kernel.counters().get("all"), { packets: 0n, bytes: 0n });
  await send();
  const count = kernel.counters().get("all")!;
  assert(count.packets >= 2n && count.bytes >= 80n, `${count.packets} ${count.bytes}`);
  const stays = (what: string) => assertEquals([what, kernel.counters().get("all")], [what, count]);

  // From here on nothing is counted.
  kernel.apply([baseChain("out", "output", rule([], [accept]))]);
  stays("its chain was put");
  kernel.apply([addSet("s", ["ipv4-addr"]), put("s", "10.0.0.1"), add("more"), {
    tag: "delete-counter",
    val: "unused",
  }]);
  stays("other things came and went");
  kernel.replace(kernel.content);
  stays("all was replaced");
  must(nft, "add rule inet cnidaria-test out drop");
  kernel.replace(kernel.content);
  stays("all was mended");
  assertEquals([...kernel.counters().keys()].sort(), ["all", "more"]);
  assert(kernel.matches());

  kernel.apply([{ tag: "delete-counter", val: "all" }, add("all")]);
  assertEquals(kernel.counters().get("all"), { packets: 0n, bytes: 0n });
});

kernelTest("several rules share a counter, and go on with it", async ({ open }) => {
  const kernel = open();
  kernel.apply([add("all"), counted("all", "all")]);
  await send();
  const { packets } = kernel.counters().get("all")!;
  assertEquals(packets % 2n, 0n);
  kernel.apply([counted("all", "all", "all")]);
  await send();
  assertEquals((kernel.counters().get("all")!.packets - packets) % 3n, 0n);
  kernel.apply([baseChain("out", "output", rule([], [{ tag: "counter", val: "all" }, drop]))]);
  assert(kernel.counters().get("all")!.packets > packets);
});
