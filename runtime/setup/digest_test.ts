import { assertEquals, assertNotEquals } from "@std/assert";
import { digestOf, digestOfFile, digestOfTrees } from "./digest.ts";

Deno.test("digestOf() is SHA-256 (FIPS 180-4, the example `abc`)", async () => {
  assertEquals(
    await digestOf(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("digestOfFile() of a file that isn't there is undefined", async () => {
  assertEquals(await digestOfFile("/nonexistent/file"), undefined);
});

Deno.test("digestOfTrees() changes with a file's bytes and name, not with files that don't count", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const digest = () => digestOfTrees([dir, `${dir}/absent`], (path) => !path.endsWith("_test.ts"));
    await Deno.mkdir(`${dir}/sub`);
    await Deno.writeTextFile(`${dir}/sub/a.ts`, "1");
    const first = await digest();
    await Deno.writeTextFile(`${dir}/sub/a_test.ts`, "1");
    assertEquals(await digest(), first);
    await Deno.writeTextFile(`${dir}/sub/a.ts`, "2");
    const second = await digest();
    assertNotEquals(second, first);
    await Deno.rename(`${dir}/sub/a.ts`, `${dir}/sub/b.ts`);
    assertNotEquals(await digest(), second);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
