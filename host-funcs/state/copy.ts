// A copy of the node's state, made without leaving a trace: nothing is written beside the original, not even the files
// that SQLite makes for a reader.

import { DatabaseSync } from "node:sqlite";
import { damageMark, databasePath } from "./database.ts";
import { databaseError, isDamage } from "./database_error.ts";
import { readCopies } from "./ledger_copy.ts";
import { whyUntrusted } from "../sys/trust.ts";
import { HostCallError } from "../error.ts";

/** How often a file is read that is written meanwhile. */
const MAX_ATTEMPTS = 10;

/**
 * Copies `<stateDir>/cnidaria.db`, as of one moment, into a directory that has none.
 *
 * @returns false if there is none
 * @throws {HostCallError} `denied` if others can write to it, `io` if it cannot be read or has to be rebuilt, `busy` if it is being written
 * to all the time
 */
export function copyDatabase(stateDir: string, directory: string): boolean {
  const path = databasePath(stateDir);
  if (stat(damageMark(stateDir), path) !== undefined) throw toBeRebuilt(path);
  for (const it of [stateDir, path]) {
    const info = stat(it, path);
    if (info === undefined) {
      const { copies, damaged } = readCopies(stateDir);
      if (copies.length + damaged.length > 0) throw toBeRebuilt(path);
      return false;
    }
    const why = whyUntrusted(info);
    if (why !== undefined) throw new HostCallError("denied", `Cannot trust the state in ${it} as ${why}`);
  }
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    if (copyOnce(path, databasePath(directory))) return true;
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
    throw isDamage(cause) ? toBeRebuilt(path) : databaseError(path, cause);
  } finally {
    sqlite?.close();
  }
  const after = stampOf(path);
  if (before.log || (!after.log && after.changed === before.changed)) return true;
  Deno.removeSync(target);
  return false;
}

/** What will be in it then, only then is known. */
function toBeRebuilt(path: string): HostCallError {
  return new HostCallError(
    "io",
    `Cannot copy the state database as it is damaged or gone: ${path}. The next CNI call that changes something makes ` +
      "it anew from the ledger's copies",
  );
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
