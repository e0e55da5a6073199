import { assert, assertEquals, assertRejects } from "@std/assert";
import { buildPlugin } from "./build.ts";
import { CONTRACT_VERSION, qualifiedName } from "../../host-funcs/wit/contract.ts";
import { worldText } from "./build/world.ts";
import { componentNames } from "../../runtime/plugin/component_names.ts";

const MANIFEST = { name: "sample", version: "1", description: "", imports: ["log"] };
const SOURCE = `import * as log from "cnidaria:cni/log@0.3.0";
import { definePlugin, emptyResult } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).pathname)};
export const cni = definePlugin({ add() { log.write("info", "hello"); return emptyResult(); } });
`;

async function withSample(run: (source: string, out: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-build-" });
  try {
    await Deno.mkdir(`${folder}/src`);
    await Deno.writeTextFile(`${folder}/src/plugin.json`, JSON.stringify(MANIFEST));
    await Deno.writeTextFile(`${folder}/src/plugin.ts`, SOURCE);
    await run(`${folder}/src`, `${folder}/out`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** esbuild's service outlives the test that starts it, and ends with the process. */
const esbuildStays = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "buildPlugin() builds, leaves alone what is current, and builds anew after a change or damage",
  esbuildStays,
  async () => {
    await withSample(async (source, out) => {
      const first = await buildPlugin(source, out);
      assert(first.made);
      assertEquals(JSON.parse(await Deno.readTextFile(`${out}/plugin.json`)).build.digest, first.digest);
      assertEquals((await Deno.stat(`${out}/plugin.wasm`)).size, first.size);
      assert((await Deno.stat(`${out}/v8/glue.js`)).isFile);
      assertEquals((await buildPlugin(source, out)).made, false);
      await Deno.writeTextFile(`${out}/plugin.wasm`, "damaged");
      assert((await buildPlugin(source, out)).made);
      await Deno.writeTextFile(`${source}/plugin.ts`, SOURCE.replace("hello", "hi"));
      assert((await buildPlugin(source, out)).made);
    });
  },
);

Deno.test(
  "buildPlugin() refuses a plugin that imports what is no interface, or one of another version",
  esbuildStays,
  async () => {
    await withSample(async (source, out) => {
      await Deno.writeTextFile(`${source}/plugin.ts`, SOURCE.replace("cni/log@", "cni/nonsense@"));
      await assertRejects(() => buildPlugin(source, out), Error, "nonsense");
      await Deno.writeTextFile(
        `${source}/plugin.ts`,
        SOURCE.replace(qualifiedName("log"), qualifiedName("log", "0.0.9")),
      );
      const why = `as the contract is ${CONTRACT_VERSION} here: write ${qualifiedName("log")}`;
      await assertRejects(() => buildPlugin(source, out), Error, why);
    });
  },
);

Deno.test("worldText() imports what is named, and nothing else", () => {
  assertEquals(
    worldText(["links", "log"]),
    "package cnidaria:cni@0.3.0;\n\nworld plugin {\n  import links;\n  import log;\n  export cni;\n}\n",
  );
});

Deno.test("worldText() exports a controller where that is what the plugin is", () => {
  assertEquals(
    worldText(["log"], "controller"),
    "package cnidaria:cni@0.3.0;\n\nworld plugin {\n  import log;\n  export controller;\n}\n",
  );
});

Deno.test("buildPlugin() builds by what the manifest says that it exports", esbuildStays, async () => {
  await withSample(async (source, out) => {
    const manifest = (exports: string) =>
      Deno.writeTextFile(`${source}/plugin.json`, JSON.stringify({ ...MANIFEST, exports }));
    await manifest("ipam");
    await assertRejects(
      () => buildPlugin(source, out),
      Error,
      '"exports" must be "cni", "controller" or "policy": "ipam"',
    );
    await manifest("controller");
    await assertRejects(() => buildPlugin(source, out), Error, "as it does not export controller");
    const mod = JSON.stringify(new URL("./mod.ts", import.meta.url).pathname);
    await Deno.writeTextFile(
      `${source}/plugin.ts`,
      `import { defineController } from ${mod};
export const controller = defineController({ prepare: () => ({}), reconcile: () => [] });`,
    );
    assert((await buildPlugin(source, out)).made);
    const { exports } = componentNames(await Deno.readFile(`${out}/plugin.wasm`));
    assertEquals(exports.filter((it) => it.includes("/")), ["cnidaria:cni/controller@0.3.0"]);
  });
});
