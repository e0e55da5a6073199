// The code that an installation takes along is the code that its programs load.

import { assertEquals } from "@std/assert";
import { openEngine } from "../engine/open_engine.ts";
import { findPlugin } from "../plugin/registry.ts";

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
