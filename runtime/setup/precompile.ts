// Components compiled ahead of time, so that no CNI call has to: compiling one takes a second, loading the result less
// than a millisecond.

import { openEngine } from "../engine/open_engine.ts";
import { CompiledCache, type MemoryInit } from "../engine/wasmtime/compiled_cache.ts";
import { findPlugin, type InstalledPlugin } from "../plugin/registry.ts";
import type { Outcome } from "./step.ts";

/**
 * Fills `<libDir>/cache` with the compiled forms of the components in `<libDir>/plugins`, that for a CNI call and that for
 * the agent, which prepares instances; and removes those of components which are no more: the folder is installed as it
 * is. The engine itself writes what is missing, when it loads a component.
 */
export async function precompileComponents(libDir: string): Promise<Outcome> {
  if (!exists(`${libDir}/lib/libwasmtime.so`)) return { state: "skipped", why: "only libwasmtime needs it" };
  const cacheDir = `${libDir}/cache`;
  const installed = pluginsIn(libDir);
  const current = new Set<string>();
  const made = new Set<string>();
  let version = "";
  for (const memory of ["cow", "copy"] satisfies MemoryInit[]) {
    const engine = await openEngine("wasmtime", { libDir, cacheDir, prepares: memory === "copy" });
    try {
      version = engine.version;
      const cache = new CompiledCache(cacheDir, version, memory);
      for (const { file, manifest } of installed) {
        // No CNI call runs what is the agent's.
        if (manifest.exports !== "cni" && memory === "cow") continue;
        current.add(cache.pathOf(file));
        const before = modified(cache.pathOf(file));
        // What is there is loaded too: libwasmtime refuses code for a processor with more than this one has.
        (await engine.load(file)).close();
        if (modified(cache.pathOf(file)) !== before) made.add(file.name);
      }
    } finally {
      engine.close();
    }
  }
  removeOthers(cacheDir, current);
  if (made.size === 0) return { state: "skipped", why: "compiled already" };
  return { state: "ok", why: `${made.size} components compiled for wasmtime ${version}` };
}

function pluginsIn(libDir: string): InstalledPlugin[] {
  return [...Deno.readDirSync(`${libDir}/plugins`)]
    .map(({ name }) => findPlugin(libDir, name))
    .filter((plugin) => plugin !== undefined);
}

function removeOthers(cacheDir: string, current: ReadonlySet<string>): void {
  if (!exists(cacheDir)) return;
  for (const { name } of [...Deno.readDirSync(cacheDir)]) {
    const path = `${cacheDir}/${name}`;
    if (name.endsWith(".cwasm") && !current.has(path)) Deno.removeSync(path);
  }
}

/** Undefined if there is no such file. A file that is replaced is another. */
function modified(path: string): string | undefined {
  try {
    const { ino, mtime } = Deno.statSync(path);
    return `${ino} ${mtime?.getTime()}`;
  } catch {
    return undefined;
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
