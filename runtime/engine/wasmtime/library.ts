// Opening libwasmtime: native code that runs as root, so only a file that nobody else could have written.

import { openForeignLibrary } from "../../../host-funcs/sys/foreign_library.ts";
import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";

/** Why a file must not be opened; undefined where nothing speaks against it. */
export function whyUnsafe(path: string, uid: number | null = Deno.uid()): string | undefined {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "it does not exist" : String(error);
  }
  if (!info.isFile) return "it is no file";
  return whyUntrusted(info, uid);
}

/**
 * Binds functions of libwasmtime.
 *
 * @param path absolute: a relative one would depend on the working directory of the container runtime
 * @throws {Error} if the file is missing, unsafe, or not the library
 */
export function openLibrary<const S extends Deno.ForeignLibraryInterface>(
  path: string,
  symbols: S,
): Deno.DynamicLibrary<S> {
  if (!path.startsWith("/")) throw new Error(`Cannot open libwasmtime as its path is not absolute: ${path}`);
  const why = whyUnsafe(path);
  if (why !== undefined) throw new Error(`Cannot open libwasmtime as ${why}: ${path}`);
  try {
    return openForeignLibrary(path, symbols);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot open libwasmtime as it is not the library of version 50 that is expected: ${reason}`);
  }
}
