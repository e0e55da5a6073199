// The code that an installation takes along is the code that its programs load.

import { assertEquals, assertMatch } from "@std/assert";
import { openEngine } from "../engine/open_engine.ts";
import { findPlugin } from "../plugin/registry.ts";
import { precompileComponents } from "./precompile.ts";

const libDir = new URL("../../dist", import.meta.url).pathname;
const missing = await Deno.stat(`${libDir}/lib/libwasmtime.so`).then(() => "", () => " (skipped: needs libwasmtime)");

for (const [who, prepares] of [["a CNI call", false], ["the agent", true]] as const) {
  Deno.test({
    name: `the components are compiled for ${who}${missing}`,
    ignore: missing !== "",
    async fn() {
      const copied = await Deno.makeTempDir();
      try {
        for (const { name } of Deno.readDirSync(`${libDir}/cache`)) {
          await Deno.copyFile(`${libDir}/cache/${name}`, `${copied}/${name}`);
        }
        const files = () =>
          [...Deno.readDirSync(copied)].map(({ name }) => `${name} ${Deno.statSync(`${copied}/${name}`).ino}`);
        const before = files().sort();
        const engine = await openEngine("wasmtime", { libDir, cacheDir: copied, prepares });
        for (const { name } of Deno.readDirSync(`${libDir}/plugins`)) {
          const plugin = findPlugin(libDir, name);
          const runs = plugin !== undefined && (prepares || plugin.manifest.exports === "cni");
          if (runs) (await engine.load(plugin.file)).close();
        }
        engine.close();
        // What had to be compiled would have been kept.
        assertEquals(files().sort(), before);
      } finally {
        await Deno.remove(copied, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: `code that this processor can't run is compiled anew, and what it can run stays${missing}`,
  ignore: missing !== "",
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      await Deno.symlink(`${libDir}/lib`, `${dir}/lib`);
      await Deno.mkdir(`${dir}/plugins/loopback`, { recursive: true });
      await Deno.mkdir(`${dir}/cache`, { mode: 0o700 });
      for (const name of ["plugin.json", "plugin.wasm"]) {
        await Deno.copyFile(`${libDir}/plugins/loopback/${name}`, `${dir}/plugins/loopback/${name}`);
      }
      const digest = findPlugin(libDir, "loopback")!.file.digest;
      const names = [...Deno.readDirSync(`${libDir}/cache`)].map(({ name }) => name).filter((it) =>
        it.startsWith(digest)
      );
      for (const name of names) await Deno.copyFile(`${libDir}/cache/${name}`, `${dir}/cache/${name}`);
      assertEquals((await precompileComponents(dir)).state, "skipped");
      const foreign = `${dir}/cache/${names.find((it) => it.endsWith("-cow.cwasm"))}`;
      const { size } = await Deno.stat(foreign);
      await Deno.truncate(foreign, 4096);
      assertMatch((await precompileComponents(dir)).why, /^1 components compiled/);
      assertEquals((await Deno.stat(foreign)).size, size);
      assertEquals((await precompileComponents(dir)).state, "skipped");
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
