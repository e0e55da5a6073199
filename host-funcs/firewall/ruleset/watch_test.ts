import { assertEquals, assertRejects } from "@std/assert";
import { currentNamespace } from "../../sys/namespace.ts";
import type { KernelRuleset } from "./kernel_ruleset.ts";
import { addSet, chain, drop, put, remove, rule } from "./testing/changes.ts";
import { kernelTest, must } from "./testing/with_kernel.ts";
import { TableWatch } from "./watch.ts";

const QUIET_MS = 50;
const SOON_MS = 2000;
const addresses = Array.from({ length: 2000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);

async function watching(
  kernel: KernelRuleset,
  body: (watch: TableWatch) => Promise<void>,
  receiveBuffer?: number,
): Promise<void> {
  const watch = new TableWatch(currentNamespace(), kernel, receiveBuffer);
  try {
    await body(watch);
  } finally {
    watch.close();
  }
}

kernelTest("our own changes, and those of other tables, concern nobody", async ({ open, nft }) => {
  const kernel = open();
  await watching(kernel, async (watch) => {
    kernel.apply([addSet("s", ["ipv4-addr"]), put("s", ...addresses), chain("c", rule([], [drop]))]);
    kernel.apply([remove("s", "10.0.0.1"), chain("c")]);
    kernel.replace(kernel.content);
    kernel.matches();
    kernel.counters();
    open("other").apply([addSet("s", ["ipv4-addr"]), put("s", "10.0.0.1")]);
    must(nft, "delete table inet cnidaria-other\nadd table inet cnidaria-another\ndelete table inet cnidaria-another");
    assertEquals(await watch.wait(QUIET_MS), undefined);
    kernel.remove();
    assertEquals(await watch.wait(QUIET_MS), undefined);
  });
});

kernelTest("what someone else does to the table is seen, once", async ({ open, nft }) => {
  const kernel = open();
  kernel.apply([addSet("s", ["ipv4-addr"]), put("s", "10.0.0.1"), chain("c", rule([], [drop]))]);
  await watching(kernel, async (watch) => {
    for (
      const damage of [
        "add element inet cnidaria-test s { 10.0.0.9 }",
        "delete element inet cnidaria-test s { 10.0.0.1 }",
        "add rule inet cnidaria-test c accept",
        "flush chain inet cnidaria-test c",
        "add chain inet cnidaria-test d",
        "add counter inet cnidaria-test n",
        "add set inet cnidaria-test t { type ipv4_addr ; }",
        "add table inet cnidaria-test { flags dormant ; }",
        "delete table inet cnidaria-test",
      ]
    ) {
      kernel.replace(kernel.content);
      assertEquals(await watch.wait(QUIET_MS), undefined);
      must(nft, damage);
      assertEquals([damage, await watch.wait(SOON_MS)], [damage, "changed"]);
      assertEquals(await watch.wait(QUIET_MS), undefined);
    }
    kernel.replace(kernel.content);
    must(nft, "flush ruleset");
    assertEquals(await watch.wait(SOON_MS), "changed");
  });
});

kernelTest("another ruleset for the same table is someone else", async ({ open }) => {
  const [one, other] = [open(), open()];
  one.apply([addSet("s", ["ipv4-addr"])]);
  await watching(one, async (watch) => {
    other.replace(one.content);
    assertEquals(await watch.wait(SOON_MS), "changed");
  });
});

kernelTest("a change that comes while it waits ends the wait", async ({ open, nft }) => {
  const kernel = open();
  kernel.apply([chain("c")]);
  await watching(kernel, async (watch) => {
    const wait = watch.wait(SOON_MS);
    await assertRejects(() => watch.wait(1), TypeError);
    must(nft, "add rule inet cnidaria-test c drop");
    assertEquals(await wait, "changed");
    const closed = watch.wait(SOON_MS);
    watch.close();
    assertEquals(await closed, undefined);
  });
});

kernelTest("what did not fit into the buffer is lost, and said to be", async ({ open, nft }) => {
  const kernel = open();
  kernel.apply([addSet("s", ["ipv4-addr"])]);
  await watching(kernel, async (watch) => {
    kernel.apply([put("s", ...addresses)]);
    assertEquals(await watch.wait(SOON_MS), "lost");
    assertEquals(await watch.wait(QUIET_MS), undefined);
    must(nft, "delete element inet cnidaria-test s { 10.0.0.1 }");
    assertEquals(await watch.wait(SOON_MS), "changed");
  }, 4096);
});
