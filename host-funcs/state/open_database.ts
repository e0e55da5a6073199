// Opening the node's state: made if there is none, migrated if it is of an earlier version, rebuilt if it is damaged.

import { DatabaseSync } from "node:sqlite";
import { HostCallError } from "../error.ts";
import { damageMark, Database, databasePath } from "./database.ts";
import { databaseError, isDamage, isLocked } from "./database_error.ts";
import { checkFile, checkStateDir } from "./ownership.ts";
import { lockRebuild, restore, type Restored, setAside } from "./rebuild.ts";
import { migrations } from "./schema.ts";

/** Milliseconds for which a writer waits for another one. */
const busyTimeoutMs = 10_000;

/**
 * Pages in the write-ahead log before they are moved to the file. A process reads the whole log when it is the first
 * to open the file, so that a long one would cost each CNI call; 200 pages are read in 0.2 ms.
 */
const checkpointPages = 200;

/** SQLite's own default. */
const pageBytes = 4096;

/** Told in one sentence when a database had to be rebuilt. */
type Tell = (message: string) => void;

/**
 * Opens `<stateDir>/cnidaria.db`, made if there is none (the directory 0700, the file 0600). One that is damaged is set
 * aside, and made again from the ledger's copies and from what can be read of it; so is one that was removed.
 *
 * @param tell where it says so: the log; standard error unless given
 * @throws {HostCallError} `denied`, if others can write to the directory or file; `unsupported`, if a newer cnidaria has
 * written it; `io`, if it cannot be made, read or written. The message says what to do.
 */
export function openDatabase(stateDir: string, tell: Tell = tellStderr): Database {
  const path = databasePath(stateDir);
  checkStateDir(stateDir);
  const size = checkFile(path);
  try {
    // SQLite reads a last page that is cut short as if its rest were zeros, and says nothing.
    if (size % pageBytes !== 0 || exists(damageMark(stateDir))) return patiently(() => rebuild(stateDir, tell));
    return patiently(() => open(stateDir, tell));
  } catch (cause) {
    if (!isDamage(cause)) throw databaseError(path, cause);
    try {
      return patiently(() => rebuild(stateDir, tell));
    } catch (cause) {
      throw databaseError(path, cause);
    }
  }
}

/**
 * SQLite does not wait, whatever its time-out, for a process that makes WAL of a new file, or that empties the log as the
 * last to close it.
 */
function patiently<T>(work: () => T): T {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return work();
    } catch (cause) {
      if (!isLocked(cause) || performance.now() > deadline) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** @param damaged folder of the database that this one takes the place of */
function open(stateDir: string, tell: Tell, damaged?: string): Database {
  const sqlite = new DatabaseSync(databasePath(stateDir), { timeout: busyTimeoutMs });
  try {
    sqlite.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    const version = userVersion(sqlite);
    if (version > migrations.length) throw tooNew(stateDir, version);
    if (version < migrations.length) migrate(sqlite, stateDir, tell, damaged);
    return new Database(stateDir, sqlite);
  } catch (cause) {
    sqlite.close();
    throw cause;
  }
}

function migrate(sqlite: DatabaseSync, stateDir: string, tell: Tell, damaged: string | undefined): void {
  sqlite.exec("PRAGMA journal_mode = WAL");
  sqlite.exec("BEGIN IMMEDIATE");
  // Another process may have done it while this one waited.
  const version = userVersion(sqlite);
  for (const sql of migrations.slice(version)) sqlite.exec(sql);
  sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
  const restored = version === 0 ? restore(sqlite, stateDir, damaged) : undefined;
  sqlite.exec("COMMIT");
  if (restored !== undefined) report(restored, stateDir, tell, damaged);
}

/** Sets the database aside if it is damaged, and opens what takes its place. */
function rebuild(stateDir: string, tell: Tell): Database {
  using _lock = lockRebuild(stateDir);
  const mark = damageMark(stateDir);
  const sound = isSound(databasePath(stateDir));
  const database = sound ? open(stateDir, tell) : open(stateDir, tell, setAside(stateDir));
  if (exists(mark)) Deno.removeSync(mark);
  return database;
}

/** Another process may have rebuilt it; and what looked like damage may have been a disk that failed for a moment. */
function isSound(path: string): boolean {
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = new DatabaseSync(path, { timeout: busyTimeoutMs });
    return sqlite.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"] === "ok";
  } catch (cause) {
    if (isDamage(cause)) return false;
    throw cause;
  } finally {
    sqlite?.close();
  }
}

function report(restored: Restored, stateDir: string, tell: Tell, damaged: string | undefined): void {
  const { attachments, leases, damaged: unread } = restored;
  if (damaged === undefined && attachments + leases + unread.length === 0) return;
  const what = damaged === undefined
    ? `The state database ${databasePath(stateDir)} was gone`
    : `The state database was damaged, and lies in ${damaged} now`;
  const lost = unread.length === 0 ? "" : `; these copies could not be read: ${unread.join(", ")}`;
  tell(
    `${what}: a new one has ${attachments} attachments and ${leases} leases, from the ledger's copies` +
      `${damaged === undefined ? "" : " and from what could be read of it"}${lost}. If leases of host-local had been ` +
      "imported, import them again. Look at the disk (dmesg, smartctl), then run `cnidaria gc`",
  );
}

function userVersion(sqlite: DatabaseSync): number {
  return Number(sqlite.prepare("PRAGMA user_version").get()?.["user_version"]);
}

function tooNew(stateDir: string, version: number): HostCallError {
  return new HostCallError(
    "unsupported",
    `Cannot open the state database as a newer cnidaria has written it: ${databasePath(stateDir)} has version ` +
      `${version}, this program knows ${migrations.length}. Install the newer program again`,
  );
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function tellStderr(message: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${message}\n`));
}
