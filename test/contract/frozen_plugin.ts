// Plugins of earlier versions of the contract, built with those: without the SDK, which is of the present one.

import { componentize } from "componentize-qjs";
import { digestOf } from "../../runtime/setup/digest.ts";

const FOLDER = new URL("./", import.meta.url).pathname;

/** What all of them are called. */
export const NAME = "frozen";

/** The versions before the present one. */
export function frozenVersions(): string[] {
  return [...Deno.readDirSync(FOLDER)].filter((it) => it.isDirectory).map(({ name }) => name).sort();
}

/** Builds the plugin of a version: plugin.wasm and plugin.json in `outDir`. What v8 runs is made when it is allowed. */
export async function buildFrozen(version: string, outDir: string): Promise<void> {
  const from = `${FOLDER}${version}`;
  const manifest = JSON.parse(await Deno.readTextFile(`${FOLDER}plugin.json`));
  const witPath = await Deno.makeTempDir({ prefix: "cnidaria-wit-" });
  try {
    for await (const { name } of Deno.readDir(from)) {
      if (name.endsWith(".wit")) await Deno.copyFile(`${from}/${name}`, `${witPath}/${name}`);
    }
    const imports = manifest.imports.map((name: string) => `  import ${name};\n`).join("");
    const world = `package cnidaria:cni@${version};\n\nworld plugin {\n${imports}  export cni;\n}\n`;
    await Deno.writeTextFile(`${witPath}/plugin-world.wit`, world);
    const jsSource = await Deno.readTextFile(`${from}/plugin.js`);
    const made = await componentize({ witPath, jsSource, world: "plugin", stubWasi: true, sync: true });
    await write(new Uint8Array(made.component), manifest, outDir);
  } finally {
    await Deno.remove(witPath, { recursive: true });
  }
}

async function write(component: Uint8Array<ArrayBuffer>, manifest: object, outDir: string): Promise<void> {
  await Deno.mkdir(outDir, { recursive: true });
  await Deno.writeFile(`${outDir}/plugin.wasm`, component);
  const build = { digest: await digestOf(component) };
  await Deno.writeTextFile(`${outDir}/plugin.json`, JSON.stringify({ ...manifest, build }));
}
