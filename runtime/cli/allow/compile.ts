// Compiles a component for wasmtime when it is allowed, for a CNI call and for the agent, whose engine has settings of its
// own: an installed program may not write to its own cache, so each call, and each thread of the agent, would have to
// compile it anew. It also shows whether the engine can load it at all.

import { openEngine } from "../../engine/open_engine.ts";
import type { ComponentFile } from "../../engine/engine.ts";
import { cacheDir } from "../../paths.ts";

/**
 * @param cache folder for what is compiled
 * @returns why it could not be, if wasmtime is not there
 * @throws {EngineError} `bad-component`
 */
export async function compileForWasmtime(
  libDir: string,
  file: ComponentFile,
  cache: string = cacheDir(),
): Promise<string | undefined> {
  for (const prepares of [false, true]) {
    let engine;
    try {
      engine = await openEngine("wasmtime", { libDir, cacheDir: cache, prepares });
    } catch (error) {
      return (error as Error).message;
    }
    try {
      (await engine.load(file)).close();
    } finally {
      engine.close();
    }
  }
}
