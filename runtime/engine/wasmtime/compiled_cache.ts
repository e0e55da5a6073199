// Ahead-of-time compiled components (.cwasm): native code, so the same care as with the library. A file that is not
// ours alone is never loaded; it is compiled anew and replaced.

import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";
import type { ComponentFile } from "../engine.ts";
import { whyUnsafe } from "./library.ts";
import type { DescribedComponent } from "./value_type.ts";

/** Changes whenever the engine's settings do, what is done to a component before it is compiled, or the description. */
const SETTINGS = "fuel-stack128k-growtrap-types1";

/**
 * How an instance gets its memory: page by page as it touches it (`cow`), or as a whole (`copy`). libwasmtime refuses code
 * that was compiled for the other.
 */
export type MemoryInit = "cow" | "copy";

export class CompiledCache {
  /** @param directory made with mode 0700 when the first file is written @param version of libwasmtime */
  constructor(
    private readonly directory: string,
    private readonly version: string,
    private readonly memory: MemoryInit = "cow",
  ) {}

  /** Where a component's code lies, named by digest, engine version and settings; its types lie beside it. */
  pathOf(file: ComponentFile): string {
    return `${this.directory}/${file.digest}-${this.version}-${SETTINGS}-${this.memory}.cwasm`;
  }

  /** A component's code and types, if both are there and may be loaded. */
  find(file: ComponentFile): { codePath: string; types: DescribedComponent } | undefined {
    const codePath = this.pathOf(file);
    const typesPath = typesPathOf(codePath);
    if (!this.#directoryIsSafe() || whyUnsafe(codePath) !== undefined || whyUnsafe(typesPath) !== undefined) return;
    try {
      return { codePath, types: JSON.parse(Deno.readTextFileSync(typesPath)) };
    } catch {
      return undefined;
    }
  }

  /** Stores a compiled component; a cache that cannot be written is no failure, only slow. */
  store(file: ComponentFile, code: Uint8Array, types: DescribedComponent): boolean {
    const codePath = this.pathOf(file);
    try {
      Deno.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      if (!this.#directoryIsSafe()) return false;
      // Another user's can be seen, and not be read.
      this.#sweep();
    } catch {
      return false;
    }
    return replace(typesPathOf(codePath), new TextEncoder().encode(JSON.stringify(types))) && replace(codePath, code);
  }

  /** Removes what no engine of this version will load, and what a process left that died while writing. */
  #sweep(): void {
    const current = ["cow", "copy"].map((memory) => `-${this.version}-${SETTINGS}-${memory}`);
    for (const { name, isFile } of Deno.readDirSync(this.directory)) {
      const path = `${this.directory}/${name}`;
      const stale = /\.(cwasm|json)$/.test(name) && !current.some((it) => name.replace(/\.\w+$/, "").endsWith(it));
      if (isFile && (stale || (name.endsWith(".new") && isOld(path)))) remove(path);
    }
  }

  #directoryIsSafe(): boolean {
    try {
      const info = Deno.statSync(this.directory);
      return info.isDirectory && whyUntrusted(info) === undefined;
    } catch {
      return false;
    }
  }
}

function typesPathOf(codePath: string): string {
  return codePath.replace(/cwasm$/, "json");
}

/** Writes beside, and renames: nobody ever reads half a file. */
function replace(path: string, bytes: Uint8Array): boolean {
  const temporary = `${path}.${Deno.pid}.new`;
  try {
    Deno.writeFileSync(temporary, bytes, { mode: 0o600 });
    Deno.renameSync(temporary, path);
    return true;
  } catch {
    remove(temporary);
    return false;
  }
}

/** Removes a file, if it is there. */
function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Another process was faster, or it was never made.
  }
}

/** Whether a file was written more than ten minutes ago. */
function isOld(path: string): boolean {
  try {
    return (Deno.statSync(path).mtime?.getTime() ?? 0) < Date.now() - 600_000;
  } catch {
    return false;
  }
}
