import { assertEquals, assertRejects } from "@std/assert";
import { withLock } from "./lock.ts";

Deno.test("withLock() lets the second wait for the first", async () => {
  const path = await Deno.makeTempFile();
  try {
    const order: string[] = [];
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    const { promise: leave, resolve: release } = Promise.withResolvers<void>();
    const first = withLock(path, () => order.push("first waits"), async () => {
      entered();
      await leave;
      order.push("first");
    });
    await inside;
    const second = withLock(path, () => {
      order.push("second waits");
      release();
    }, () => Promise.resolve(order.push("second")));
    await Promise.all([first, second]);
    assertEquals(order, ["second waits", "first", "second"]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("withLock() gives the lock back where its body fails", async () => {
  const path = await Deno.makeTempFile();
  try {
    await assertRejects(() => withLock(path, () => {}, () => Promise.reject(new Error("no"))), Error, "no");
    let waited = false;
    await withLock(path, () => waited = true, () => Promise.resolve());
    assertEquals(waited, false);
  } finally {
    await Deno.remove(path);
  }
});
