import { assertEquals } from "@std/assert";
import { networkTest } from "../test_context.ts";
import { Nft } from "../sys/libnftables.ts";
import { currentNamespace } from "../sys/namespace.ts";
import { DeletionWatch } from "./deletion_watch.ts";
import { OWN_SETS } from "./orphans.ts";
import { tableName } from "./packet_filter.ts";

const QUIET_MS = 50;
const SOON_MS = 2000;
const OWN_TABLES = new Set(OWN_SETS.map(({ family, table = tableName }) => `${family} ${table}`));

networkTest("what is deleted from a table of the host's own is heard, and nothing else", async () => {
  const nft = Nft.open();
  const watch = new DeletionWatch(currentNamespace());
  const other = `inet watched${crypto.randomUUID().slice(0, 8)}`;
  const heard = async (command: string) => {
    assertEquals(nft.run(command), { ok: true, output: "" });
    return await watch.wait(QUIET_MS) || await watch.wait(QUIET_MS);
  };
  try {
    const own = "table inet cnidaria-forward { set s { type ifname; }\nchain c { drop; }\n}";
    assertEquals(await heard(`${own}\nadd element inet cnidaria-forward s { "a" }\nadd table ${other}`), false);
    assertEquals(await heard(`delete table ${other}`), false);
    for (
      const damage of [
        'delete element inet cnidaria-forward s { "a" }',
        "flush chain inet cnidaria-forward c",
        "delete set inet cnidaria-forward s",
        "delete chain inet cnidaria-forward c",
        "delete table inet cnidaria-forward",
      ]
    ) assertEquals([await heard(damage), await watch.wait(QUIET_MS)], [true, false], damage);
    for (const table of OWN_TABLES) {
      assertEquals(await heard(`add table ${table}`), false);
      assertEquals(await heard(`delete table ${table}`), true, table);
    }
  } finally {
    watch.close();
    nft.run("delete table inet cnidaria-forward");
    nft.close();
  }
  assertEquals(await watch.wait(SOON_MS), false);
});
