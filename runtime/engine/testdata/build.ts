// Builds the components of the suite from their WIT and JavaScript, for both engines.

import { componentize } from "componentize-qjs";
import type { ComponentFile } from "../engine.ts";
import { transpileForV8 } from "../v8/transpile.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

/** Makes a component that can be loaded by both engines, from the world `probe` of engine_test.wit. */
export async function buildProbe(folder: string): Promise<ComponentFile> {
  const made = await componentize({
    witPath: `${FOLDER}engine_test.wit`,
    jsSource: await Deno.readTextFile(`${FOLDER}probe.js`),
    world: "probe",
    stubWasi: true,
    sync: true,
  });
  return await componentFile("probe", new Uint8Array(made.component), folder);
}

/** Writes a component's bytes, and what v8 needs of it where they are a component. */
export async function componentFile(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  folder: string,
): Promise<ComponentFile> {
  const wasmPath = `${folder}/${name}.wasm`;
  const v8Dir = `${folder}/${name}-v8`;
  await Deno.writeFile(wasmPath, bytes);
  await transpileForV8(bytes, v8Dir, name);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { name, wasmPath, digest: hash.toHex(), v8Dir };
}
