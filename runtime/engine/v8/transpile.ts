// What a component needs to run on v8, made when it is built: jco's glue as one script, and the core modules.
//
//   glue.js              a script whose value is `{ instantiate }`
//   <name>.coreN.wasm    core modules, named as the glue asks for them
//   component.json       see `V8Component`

import { transpile } from "@bytecodealliance/jco";
import * as esbuild from "esbuild";
import { trapOnDeniedGrowth } from "../memory_growth.ts";
import { componentImports } from "./component_imports.ts";

/** Ends what the transpilation has started; without it a process does not end by itself. */
export { stop as stopTranspiling } from "esbuild";

/** What `component.json` holds. */
export interface V8Component {
  /** SHA-256 of the component that this was made from, hexadecimal. */
  readonly digest: string;
  /** The interfaces it imports, with versions, sorted. */
  readonly imports: readonly string[];
  /** Names of the core modules' files. */
  readonly modules: readonly string[];
}

/**
 * Writes a folder for the v8 engine; what was in it is removed.
 *
 * @param componentBytes the component
 * @param outDir the folder, `v8Dir` of a `ComponentFile`
 * @param name of the plugin; part of file names
 * @throws {Error} if jco cannot read the component
 */
export async function transpileForV8(
  componentBytes: Uint8Array<ArrayBuffer>,
  outDir: string,
  name: string,
): Promise<void> {
  // jco's type of the options lacks those that its command line knows.
  const options = { name, instantiation: "sync", noNodejsCompat: true, noWasiShim: true, base64Cutoff: 0 };
  const made = await transpile(trapOnDeniedGrowth(componentBytes), options as Parameters<typeof transpile>[1]);
  // jco's types say a list of pairs, but it is an object.
  const files = Object.entries(made.files as unknown as Record<string, Uint8Array<ArrayBuffer>>);
  const modules = files.filter(([path]) => path.endsWith(".wasm"));
  const glue = files.find(([path]) => path === `${name}.js`);
  if (glue === undefined) throw new Error(`Cannot make ${name} ready for v8 as jco made no glue for it`);
  await Deno.remove(outDir, { recursive: true }).catch(() => {});
  await Deno.mkdir(outDir, { recursive: true });
  for (const [path, bytes] of modules) await Deno.writeFile(`${outDir}/${path}`, bytes);
  await Deno.writeTextFile(`${outDir}/glue.js`, await asScript(new TextDecoder().decode(glue[1])));
  const meta: V8Component = {
    digest: new Uint8Array(await crypto.subtle.digest("SHA-256", componentBytes)).toHex(),
    imports: componentImports(componentBytes),
    modules: modules.map(([path]) => path),
  };
  await Deno.writeTextFile(`${outDir}/component.json`, JSON.stringify(meta) + "\n");
}

/** A module as a script: it is handed to the worker as text, which has no permission to read a file. */
async function asScript(module: string): Promise<string> {
  const { code } = await esbuild.transform(module, {
    format: "iife",
    globalName: "glue",
    minify: true,
    target: "esnext",
    legalComments: "none",
  });
  return `${code}glue`;
}
