// Components compiled ahead of time, so that no CNI call has to: compiling one takes a second, loading the result less
// than a millisecond.

import type { ComponentFile } from "../engine/engine.ts";
import { openEngine } from "../engine/open_engine.ts";
import { CompiledCache } from "../engine/wasmtime/compiled_cache.ts";
import { findPlugin } from "../plugin/registry.ts";
import type { Outcome } from "./step.ts";

/**
 * Fills `<libDir>/cache` with the compiled form of the components in `<libDir>/plugins`, and removes that of components
 * which are no more: the folder is installed as it is. The engine itself writes what is missing, when it loads a
 * component.
 */
export async function precompileComponents(libDir: string): Promise<Outcome> {
  if (!exists(`${libDir}/lib/libwasmtime.so`)) return { state: "skipped", why: "only libwasmtime needs it" };
  const cacheDir = `${libDir}/cache`;
  const files = componentsIn(libDir);
  const engine = await openEngine("wasmtime", { libDir, cacheDir });
  try {
    const cache = new CompiledCache(cacheDir, engine.version);
    const missing = files.filter((file) => cache.find(file) === undefined);
    for (const file of missing) (await engine.load(file)).close();
    removeOthers(cacheDir, new Set(files.map((file) => cache.pathOf(file))));
    if (missing.length === 0) return { state: "skipped", why: "compiled already" };
    return { state: "ok", why: `${missing.length} components compiled for wasmtime ${engine.version}` };
  } finally {
    engine.close();
  }
}

function componentsIn(libDir: string): ComponentFile[] {
  return [...Deno.readDirSync(`${libDir}/plugins`)]
    .map(({ name }) => findPlugin(libDir, name)?.file)
    .filter((file) => file !== undefined);
}

function removeOthers(cacheDir: string, current: ReadonlySet<string>): void {
  if (!exists(cacheDir)) return;
  for (const { name } of [...Deno.readDirSync(cacheDir)]) {
    const path = `${cacheDir}/${name}`;
    if (name.endsWith(".cwasm") && !current.has(path)) Deno.removeSync(path);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
