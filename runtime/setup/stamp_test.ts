import { assertEquals, assertRejects } from "@std/assert";
import { ifChanged } from "./stamp.ts";

Deno.test("ifChanged() makes the product once, again when its source changed or it is gone, and after a failure", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const product = { stamp: `${dir}/stamp`, sources: [`${dir}/src`], counts: () => true, product: `${dir}/out` };
    const states: string[] = [];
    const make = async () => {
      await Deno.writeTextFile(product.product, "made");
      return "out";
    };
    const build = async () => states.push((await ifChanged(product, make)).state);
    await Deno.writeTextFile(`${dir}/src`, "1");
    await build();
    await build();
    await Deno.writeTextFile(`${dir}/src`, "2");
    await build();
    await Deno.remove(product.product);
    await build();
    assertEquals(states, ["ok", "skipped", "ok", "ok"]);
    await Deno.writeTextFile(`${dir}/src`, "3");
    await assertRejects(() => ifChanged(product, () => Promise.reject(new Error("broken"))), Error, "broken");
    await build();
    assertEquals(states.at(-1), "ok");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
