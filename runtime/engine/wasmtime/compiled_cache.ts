// Ahead-of-time compiled components (.cwasm): native code, so the same care as with the library. A file that is not
// ours alone is never loaded; it is compiled anew and replaced.

import type { ComponentFile } from "../engine.ts";
import { whyUnsafe } from "./library.ts";

/** Changes whenever the engine's configuration does, or what is done to a component before it is compiled: part of each cache file's name. */
export const SETTINGS = "fuel-stack512k-growtrap";

export class CompiledCache {
  /** @param directory made with mode 0700 when the first file is written @param version of libwasmtime */
  constructor(private readonly directory: string, private readonly version: string) {}

  /** Where the compiled form of a component lies: named by digest, engine version and settings. */
  pathOf(file: ComponentFile): string {
    return `${this.directory}/${file.digest}-${this.version}-${SETTINGS}.cwasm`;
  }

  /** The path, if there is a file there that may be loaded. */
  find(file: ComponentFile): string | undefined {
    const path = this.pathOf(file);
    return this.#directoryIsSafe() && whyUnsafe(path) === undefined ? path : undefined;
  }

  /** Stores a compiled component; a cache that cannot be written is no failure, only slow. */
  store(file: ComponentFile, bytes: Uint8Array): boolean {
    const path = this.pathOf(file);
    const temporary = `${path}.${Deno.pid}.new`;
    try {
      Deno.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      if (!this.#directoryIsSafe()) return false;
      Deno.writeFileSync(temporary, bytes, { mode: 0o600 });
      Deno.renameSync(temporary, path);
      return true;
    } catch {
      try {
        Deno.removeSync(temporary);
      } catch {
        // Was never made.
      }
      return false;
    }
  }

  #directoryIsSafe(): boolean {
    try {
      const info = Deno.statSync(this.directory);
      const owned = info.uid === 0 || info.uid === Deno.uid();
      return info.isDirectory && owned && ((info.mode ?? 0) & 0o022) === 0;
    } catch {
      return false;
    }
  }
}
