// A database that is damaged is set aside, and made again from the ledger's copies and from what can still be read of it.

import { DatabaseSync } from "node:sqlite";
import { fileRefusal } from "./file_refusal.ts";
import { COPIED_TABLES, type CopiedTable, readCopies } from "./ledger_copy.ts";
import type { Row } from "./database.ts";

const FILES = ["cnidaria.db", "cnidaria.db-wal", "cnidaria.db-shm"];

/** What a new database was filled with. */
export interface Restored {
  /** Rows of the ledger, and leases. */
  readonly attachments: number;
  readonly leases: number;
  /** Copies that could not be read. */
  readonly damaged: readonly string[];
}

/** Only one process at a time sets a database aside. @returns what closes the lock */
export function lockRebuild(stateDir: string): Disposable {
  const path = `${stateDir}/.rebuild.lock`;
  try {
    const file = Deno.openSync(path, { write: true, create: true, mode: 0o600 });
    file.lockSync(true);
    return { [Symbol.dispose]: () => file.close() };
  } catch (error) {
    throw fileRefusal("lock the rebuilding of the state database by", path, error);
  }
}

/**
 * Moves the files of a database away. Whoever has it open goes on with the moved ones: see `Database.isCurrent`.
 *
 * @returns the folder that has them now
 */
export function setAside(stateDir: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const folder = `${stateDir}/damaged/${time}-${Deno.pid}`;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of FILES) {
      try {
        Deno.renameSync(`${stateDir}/${name}`, `${folder}/${name}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  } catch (error) {
    throw fileRefusal("set the damaged state database aside in", folder, error);
  }
  return folder;
}

/**
 * Fills an empty database, inside its transaction: first from the copies, then from a damaged one.
 *
 * @param damaged folder of `setAside`, if there is one
 */
export function restore(sqlite: DatabaseSync, stateDir: string, damaged: string | undefined): Restored {
  const { copies, damaged: unread } = readCopies(stateDir);
  for (const table of COPIED_TABLES) {
    for (const copy of copies) for (const row of copy[table] ?? []) insert(sqlite, table, row);
  }
  if (damaged !== undefined) salvage(sqlite, `${damaged}/cnidaria.db`);
  sqlite.exec(
    "UPDATE counters SET value = max(value, (SELECT coalesce(max(sequence), 0) FROM leases)) WHERE name = 'lease'",
  );
  const count = (table: CopiedTable) => Number(sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
  return { attachments: count("attachments"), leases: count("leases"), damaged: unread };
}

/** Takes every row that a damaged database still gives. */
function salvage(sqlite: DatabaseSync, path: string): void {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(path, { readOnly: true });
    for (const table of COPIED_TABLES) {
      try {
        for (const row of source.prepare(`SELECT * FROM ${table}`).iterate()) insert(sqlite, table, row as Row);
      } catch {
        // The rest of this table cannot be read.
      }
    }
  } catch {
    // It is no database at all any more.
  } finally {
    source?.close();
  }
}

/** Columns whose text is JSON: what does not parse is damaged, and its row is left out. */
const JSON_COLUMNS = ["config", "result", "changes"];

function insert(sqlite: DatabaseSync, table: CopiedTable, row: Row): void {
  if (table === "attachments" && !JSON_COLUMNS.every((column) => isJson(row[column]))) return;
  const known = new Set(sqlite.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map((it) => it["name"]));
  const columns = Object.keys(row).filter((column) => known.has(column));
  const marks = columns.map(() => "?").join(", ");
  try {
    sqlite.prepare(`INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${marks})`)
      .run(...columns.map((column) => row[column] ?? null));
  } catch {
    // A value that the table refuses: what was read is no row of ours.
  }
}

function isJson(value: unknown): boolean {
  try {
    return typeof value === "string" && typeof JSON.parse(value) === "object";
  } catch {
    return false;
  }
}
