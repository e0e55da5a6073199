// Who may write to the node's state: whoever can, can make the host act on any pod.

import { HostCallError } from "../error.ts";
import { fileRefusal } from "./file_refusal.ts";
import { whyUntrusted } from "../sys/trust.ts";

/** Makes the directory (0700) if it is missing, and refuses one that others can write to. */
export function checkStateDir(path: string): void {
  let info = stat(path);
  if (info === undefined) {
    try {
      Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw fileRefusal("make the state directory", path, cause);
    }
    info = stat(path);
  }
  if (info?.isDirectory !== true) {
    throw new HostCallError("io", `Cannot keep state as this is no directory: ${path}. Move it away`);
  }
  refuseForeign("state directory", path, info);
}

/**
 * Makes the file (0600) if it is missing, and refuses one that others can write to.
 *
 * @returns its size in bytes
 */
export function checkFile(path: string): number {
  const info = stat(path);
  if (info !== undefined) {
    refuseForeign("state database", path, info);
    return info.size;
  }
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (cause) {
    // Another process was faster.
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw fileRefusal("make the state database", path, cause);
  }
  return 0;
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw fileRefusal("read the state", path, cause);
  }
}

function refuseForeign(what: string, path: string, info: Deno.FileInfo): void {
  const why = whyUntrusted(info);
  if (why !== undefined) throw new HostCallError("denied", `Cannot trust the ${what} ${path} as ${why}`);
}
