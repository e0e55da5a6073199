import { assertEquals, assertRejects } from "@std/assert";
import { Etcd, etcdMissing } from "./etcd.ts";
import { labTestNeeding } from "./isolation.ts";

Deno.test({
  ...labTestNeeding("etcd of the lab keeps its data over SIGKILL", etcdMissing()),
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      await using etcd = await Etcd.start({ directory, listen: "127.0.0.1:23790" });
      await etcd.put("/a/1", "één");
      await etcd.put("/a/2", "two");
      await etcd.put("/b", "");
      await etcd.delete("/a/2");
      await etcd.kill();
      await assertRejects(() => etcd.get("/a/1"));
      await etcd.restart();
      assertEquals(await etcd.get("/a/1"), "één");
      assertEquals(await etcd.get("/a/2"), undefined);
      assertEquals((await etcd.list("/")).map(({ key, value }) => [key, value]), [["/a/1", "één"], ["/b", ""]]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
