// The node's state in one SQLite file, shared by every process of the host: WAL, one writer at a time.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { HostCallError } from "../error.ts";
import { databaseError } from "./database_error.ts";
import { migrations } from "./schema.ts";
import { checkFile, checkStateDir } from "./ownership.ts";

/** Milliseconds for which a writer waits for another one. */
const busyTimeoutMs = 10_000;

/**
 * Pages in the write-ahead log before they are moved to the file. A process reads the whole log when it is the first
 * to open the file, so that a long one would cost each CNI call; 200 pages are read in 0.2 ms.
 */
const checkpointPages = 200;

export type Row = Record<string, string | number | null>;

/** An open state file. Its calls throw `HostCallError` with what to do where SQLite refuses. */
export class Database {
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;

  constructor(path: string, sqlite: DatabaseSync) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  /** The first row. */
  get(sql: string, ...parameters: SQLInputValue[]): Row | undefined {
    return this.#try(() => this.#statement(sql).get(...parameters) as Row | undefined);
  }

  all(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return this.#try(() => this.#statement(sql).all(...parameters) as Row[]);
  }

  /** Answers how many rows were changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number {
    return this.#try(() => Number(this.#statement(sql).run(...parameters).changes));
  }

  /** Runs statements that answer nothing. */
  exec(sql: string): void {
    this.#try(() => this.#sqlite.exec(sql));
  }

  /**
   * Runs `body` as the only writer: all of it happens, or, where it throws, nothing. Inside another transaction it
   * becomes a part of that.
   */
  transaction<T>(body: () => T): T {
    if (this.#inTransaction) return body();
    this.run("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = body();
      this.run("COMMIT");
      return result;
    } catch (cause) {
      this.#rollBack();
      throw cause;
    } finally {
      this.#inTransaction = false;
    }
  }

  /**
   * Closes the file. The last process to do so empties the log, which costs 1 ms: a process that ends anyway need not
   * close, and loses nothing.
   */
  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #try<T>(body: () => T): T {
    try {
      return body();
    } catch (cause) {
      throw databaseError(this.path, cause);
    }
  }

  #rollBack(): void {
    try {
      this.#sqlite.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself (disk full, I/O error): the first error is the one to tell.
    }
  }
}

/** `database.transaction(body)`. */
export function transaction<T>(database: Database, body: () => T): T {
  return database.transaction(body);
}

/**
 * Opens `<stateDir>/cnidaria.db`, made if there is none (the directory 0700, the file 0600).
 *
 * @throws {HostCallError} `denied`, if others can write to the directory or file; `unsupported`, if a newer cnidaria has
 * written it; `io`, if it cannot be made, read or written. The message says what to do.
 */
export function openDatabase(stateDir: string): Database {
  const path = `${stateDir}/cnidaria.db`;
  checkStateDir(stateDir);
  checkFile(path);
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = new DatabaseSync(path, { timeout: busyTimeoutMs });
    sqlite.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    const version = userVersion(sqlite);
    if (version > migrations.length) throw tooNew(path, version);
    if (version < migrations.length) migrate(sqlite);
    return new Database(path, sqlite);
  } catch (cause) {
    sqlite?.close();
    throw databaseError(path, cause);
  }
}

function migrate(sqlite: DatabaseSync): void {
  sqlite.exec("PRAGMA journal_mode = WAL");
  sqlite.exec("BEGIN IMMEDIATE");
  // Another process may have done it while this one waited.
  for (const sql of migrations.slice(userVersion(sqlite))) sqlite.exec(sql);
  sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
  sqlite.exec("COMMIT");
}

function userVersion(sqlite: DatabaseSync): number {
  return Number(sqlite.prepare("PRAGMA user_version").get()?.["user_version"]);
}

function tooNew(path: string, version: number): HostCallError {
  return new HostCallError(
    "unsupported",
    `Cannot open the state database as a newer cnidaria has written it: ${path} has version ${version}, this program ` +
      `knows ${migrations.length}. Install the newer program again`,
  );
}
