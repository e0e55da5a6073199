// A copy of the node's state, made without leaving a trace: nothing is written beside the original, not even the files
// that SQLite makes for a reader, and nobody has to wait.

import { DatabaseSync } from "node:sqlite";
import { damageMark, databasePath } from "./database.ts";
import { databaseError, isDamage } from "./database_error.ts";
import { fileRefusal } from "./file_refusal.ts";
import { readCopies } from "./ledger_copy.ts";
import { whyUntrusted } from "../sys/trust.ts";
import { HostCallError } from "../error.ts";

/** Of the write-ahead log's name. */
const LOG = "-wal";
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
  if (stat(damageMark(stateDir)) !== undefined) throw toBeRebuilt(path);
  for (const it of [stateDir, path]) {
    const info = stat(it);
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
 * The file and its log, which are consistent if neither changes between two readings. SQLite is not let near them: it
 * would make files beside them, or take their locks.
 *
 * @returns false if they changed
 */
function copyOnce(path: string, target: string): boolean {
  const [first, second] = [readBoth(path), readBoth(path)];
  if (!first.every((bytes, at) => isSame(bytes, second[at]))) return false;
  ["", LOG].forEach((suffix, at) => {
    if (first[at] !== undefined) Deno.writeFileSync(target + suffix, first[at], { mode: 0o600 });
  });
  if (!isSound(target)) throw toBeRebuilt(path);
  return true;
}

function readBoth(path: string): (Uint8Array<ArrayBuffer> | undefined)[] {
  return ["", LOG].map((suffix) => {
    try {
      return Deno.readFileSync(path + suffix);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw fileRefusal("read the state database", path + suffix, cause);
    }
  });
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function isSound(path: string): boolean {
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = new DatabaseSync(path);
    return sqlite.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] === "ok";
  } catch (cause) {
    if (isDamage(cause)) return false;
    throw databaseError(path, cause);
  } finally {
    sqlite?.close();
  }
}

/** What will be in it then, only then is known. */
function toBeRebuilt(path: string): HostCallError {
  return new HostCallError(
    "io",
    `Cannot copy the state database as it is damaged or gone: ${path}. The next CNI call that changes something makes ` +
      "it anew from the ledger's copies",
  );
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw fileRefusal("read the state database", path, cause);
  }
}
