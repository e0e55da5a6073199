// A copy of the node's state, made without leaving a trace: nothing is written beside the original, not even the files
// that SQLite makes for a reader.

import { DatabaseSync } from "node:sqlite";
import { databaseError } from "./database_error.ts";
import { whyUntrusted } from "../sys/trust.ts";
import { HostCallError } from "../error.ts";

/** How often a file is read that is written meanwhile. */
const MAX_ATTEMPTS = 10;

/**
 * Copies `<stateDir>/cnidaria.db`, as of one moment, into a directory that has none.
 *
 * @returns false if there is none
 * @throws {HostCallError} `denied` if others can write to it, `io` if it cannot be read, `busy` if it is being written
 * to all the time
 */
export function copyDatabase(stateDir: string, directory: string): boolean {
  const path = `${stateDir}/cnidaria.db`;
  for (const it of [stateDir, path]) {
    const info = stat(it, path);
    if (info === undefined) return false;
    const why = whyUntrusted(info);
    if (why !== undefined) throw new HostCallError("denied", `Cannot trust the state in ${it} as ${why}`);
  }
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    if (copyOnce(path, `${directory}/cnidaria.db`)) return true;
  }
  throw new HostCallError(
    "busy",
    `Cannot copy the state database as others wrote to it during each of ${MAX_ATTEMPTS} attempts: ${path}`,
  );
}

/**
 * While others have the file open there is a log beside it, and SQLite may be used as usual. Without one nobody has it
 * open: it is read as if it could not change, and was copied only if it did not.
 */
function copyOnce(path: string, target: string): boolean {
  const before = stampOf(path);
  let sqlite: DatabaseSync | undefined;
  try {
    const query = before.log ? "mode=ro" : "immutable=1";
    sqlite = new DatabaseSync(new URL(`file://${encodeURI(path)}?${query}`), { readOnly: true, timeout: 10_000 });
    sqlite.prepare("VACUUM INTO ?").run(target);
    Deno.chmodSync(target, 0o600);
  } catch (cause) {
    throw databaseError(path, cause);
  } finally {
    sqlite?.close();
  }
  const after = stampOf(path);
  if (before.log || (!after.log && after.changed === before.changed)) return true;
  Deno.removeSync(target);
  return false;
}

function stampOf(path: string): { log: boolean; changed: string } {
  const info = stat(path, path);
  return { log: stat(`${path}-wal`, path) !== undefined, changed: `${info?.mtime?.getTime()} ${info?.size}` };
}

function stat(path: string, database: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new HostCallError("io", `Cannot read the state database ${database}: ${(cause as Error).message}`);
  }
}
