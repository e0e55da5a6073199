import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openEngine } from "./open_engine.ts";
import { LIB_DIR } from "./testdata/suite.ts";

const hasLibrary = await Deno.stat(`${LIB_DIR}/lib/libwasmtime.so`).then(() => true, () => false);
const suffix = hasLibrary ? "" : " (no dist/lib/libwasmtime.so: run `deno task setup`)";

Deno.test({
  name: `openEngine() takes wasmtime where its library is, and says nothing${suffix}`,
  ignore: !hasLibrary,
  fn: async () => {
    const said: string[] = [];
    const engine = await openEngine("auto", { libDir: LIB_DIR, cacheDir: "/nonexistent", log: (it) => said.push(it) });
    assertEquals([engine.name, engine.version, said], ["wasmtime", "50.0.1", []]);
    engine.close();
  },
});

Deno.test("openEngine() takes v8 where libwasmtime is missing, and says why", async () => {
  const said: string[] = [];
  const engine = await openEngine("auto", { libDir: "/nonexistent", cacheDir: "/c", log: (it) => said.push(it) });
  assertEquals(engine.name, "v8");
  assertEquals(said.length, 1);
  assertStringIncludes(said[0]!, "it does not exist: /nonexistent/lib/libwasmtime.so");
});

Deno.test("openEngine() takes v8 where libwasmtime could have been written by others", async () => {
  const libDir = await Deno.makeTempDir({ prefix: "cnidaria-lib-" });
  try {
    await Deno.mkdir(`${libDir}/lib`);
    await Deno.writeTextFile(`${libDir}/lib/libwasmtime.so`, "");
    await Deno.chmod(`${libDir}/lib/libwasmtime.so`, 0o777);
    const said: string[] = [];
    assertEquals((await openEngine("auto", { libDir, cacheDir: "/c", log: (it) => said.push(it) })).name, "v8");
    assertStringIncludes(said[0]!, "can write to it, its mode is 777");
  } finally {
    await Deno.remove(libDir, { recursive: true });
  }
});

Deno.test("openEngine() does not take v8 where wasmtime was asked for", async () => {
  await assertRejects(
    () => openEngine("wasmtime", { libDir: "/nonexistent", cacheDir: "/c" }),
    Error,
    "Cannot open libwasmtime as it does not exist",
  );
});
