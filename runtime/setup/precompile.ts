// Components compiled ahead of time, so that no CNI call has to: compiling one takes a second, loading the result less
// than a millisecond.

import type { LoadedComponent } from "../engine/engine.ts";
import { openEngine } from "../engine/open_engine.ts";
import { findPlugin } from "../plugin/registry.ts";
import type { Outcome } from "./step.ts";

/**
 * Fills `<libDir>/cache` with the compiled form of the components in `<libDir>/plugins`: the engine itself writes what
 * is missing there, when it loads a component.
 */
export async function precompileComponents(libDir: string): Promise<Outcome> {
  if (!await Deno.stat(`${libDir}/lib/libwasmtime.so`).then(() => true, () => false)) {
    return { state: "skipped", why: "only libwasmtime needs it" };
  }
  const cacheDir = `${libDir}/cache`;
  await Deno.mkdir(cacheDir, { recursive: true, mode: 0o755 });
  const before = filesIn(cacheDir);
  const engine = await openEngine("wasmtime", { libDir, cacheDir });
  try {
    for (const entry of Deno.readDirSync(`${libDir}/plugins`)) {
      const plugin = findPlugin(libDir, entry.name);
      if (plugin === undefined) continue;
      const loaded: LoadedComponent = await engine.load(plugin.file);
      loaded.close();
    }
  } finally {
    engine.close();
  }
  const made = filesIn(cacheDir).filter((name) => !before.includes(name)).length;
  if (made === 0) return { state: "skipped", why: "compiled already" };
  return { state: "ok", why: `${made} components compiled for wasmtime ${engine.version}` };
}

function filesIn(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map((entry) => entry.name);
}
