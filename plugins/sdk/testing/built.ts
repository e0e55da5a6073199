// Plugins under test, built where that is needed, and the engine that they run in: each once for a process.

import type { Engine } from "../../../runtime/engine/engine.ts";
import { type EngineChoice, openEngine } from "../../../runtime/engine/open_engine.ts";
import type { BuiltPlugin } from "../../../runtime/testkit/lib_folder.ts";
import { buildApart } from "../build.ts";
import { outputOf } from "../build/output.ts";

export type { EngineChoice };

const ROOT = new URL("../../../", import.meta.url).pathname;
/** What came with cnidaria. */
export const DIST = `${ROOT}dist`;

/** With the SHA-256 of its component, hexadecimal. */
type Built = BuiltPlugin & { readonly digest: string };

const plugins = new Map<string, Promise<Built>>();
const engines = new Map<EngineChoice, Promise<Engine>>();

/** Builds the plugin in `dir` where that is needed. */
export function builtPlugin(dir: string | URL): Promise<Built> {
  const path = (dir instanceof URL ? decodeURIComponent(dir.pathname) : dir).replace(/\/$/, "");
  const present = plugins.get(path);
  if (present !== undefined) return present;
  const building = build(path);
  plugins.set(path, building);
  return building;
}

async function build(path: string): Promise<Built> {
  const out = await outputOf(path);
  const { name, digest } = await buildApart(path, out);
  return { name, dir: out, digest };
}

/** The engine of that choice, opened once. */
export function testEngine(choice: EngineChoice = chosenEngine()): Promise<Engine> {
  const engine = engines.get(choice) ?? openEngine(choice, { libDir: DIST, cacheDir: `${DIST}/cache` });
  engines.set(choice, engine);
  return engine;
}

/** CNIDARIA_ENGINE's (`wasmtime`, `v8`), or the first that this machine has. */
export function chosenEngine(): EngineChoice {
  const choice = Deno.env.get("CNIDARIA_ENGINE") ?? "auto";
  if (choice === "auto" || choice === "wasmtime" || choice === "v8") return choice;
  throw new Error(`Cannot open the engine as CNIDARIA_ENGINE must be auto, wasmtime or v8: ${choice}`);
}
