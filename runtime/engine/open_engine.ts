// Which engine serves: wasmtime where its library is there and sound, else v8.

import type { Engine } from "./engine.ts";
import { WasmtimeEngine } from "./wasmtime/engine.ts";

/** What was asked for. */
export type EngineChoice = "auto" | "wasmtime" | "v8";

/** Where an engine finds what it needs. */
export interface EngineFiles {
  /** Folder with `lib/libwasmtime.so` and, in a bundled program, `v8_worker.js`. Absolute. */
  readonly libDir: string;
  /** Folder of components that are compiled ahead of time; made with mode 0700 where there is none. wasmtime only. */
  readonly cacheDir: string;
  /** Whether `LoadedComponent.prepare` is going to be called: see `WasmtimeEngine`. */
  readonly prepares?: boolean;
  /** Told in one sentence why `auto` did not take wasmtime. */
  readonly log?: (message: string) => void;
}

/**
 * Opens an engine; v8, which seldom serves, is loaded for it.
 *
 * @throws {Error} if the engine asked for cannot be had; `auto` always has v8
 */
export async function openEngine(choice: EngineChoice, files: EngineFiles): Promise<Engine> {
  if (choice !== "v8") {
    try {
      return new WasmtimeEngine(`${files.libDir}/lib/libwasmtime.so`, files.cacheDir, files.prepares);
    } catch (error) {
      if (choice === "wasmtime") throw error;
      files.log?.(`The v8 engine serves, which starts slower. ${error instanceof Error ? error.message : error}`);
    }
  }
  const { V8Engine } = await import("./v8/engine.ts");
  return new V8Engine(files.libDir);
}
