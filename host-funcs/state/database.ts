// The node's state in one SQLite file, shared by every process of the host: WAL, one writer at a time.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { databaseError, isDamage } from "./database_error.ts";

export type Row = Record<string, string | number | null>;

/** An open state file. Its calls throw `HostCallError` with what to do where SQLite refuses. */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #inode: number | null;
  /** Of the write-ahead log, which is the same as long as anybody has the database open; known once it was looked at. */
  #logInode: number | null = null;
  #inTransaction = false;

  /** @param directory the state directory */
  constructor(readonly directory: string, sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
    this.#inode = inodeOf(this.path);
  }

  get path(): string {
    return databasePath(this.directory);
  }

  /**
   * Whether the files are still those that were opened. After another process has found the database damaged, and rebuilt
   * it, what is written here is lost. So it is after someone has removed the log: then the database counts as damaged,
   * since what is written now, by others too, is in a log that nobody reads later.
   */
  isCurrent(): boolean {
    if (inodeOf(this.path) !== this.#inode) return false;
    const logInode = inodeOf(`${this.path}-wal`);
    this.#logInode ??= logInode;
    if (logInode === this.#logInode) return true;
    markDamaged(this.directory);
    return false;
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
      if (isDamage(cause)) markDamaged(this.directory);
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

/** Where the database of a state directory lies. */
export function databasePath(stateDir: string): string {
  return `${stateDir}/cnidaria.db`;
}

/** The file by which one process tells the next that the database was found to be damaged. */
export function damageMark(stateDir: string): string {
  return `${stateDir}/cnidaria.db.damaged`;
}

function markDamaged(stateDir: string): void {
  try {
    Deno.writeFileSync(damageMark(stateDir), new Uint8Array(), { mode: 0o600 });
  } catch {
    // The next call finds out by itself.
  }
}

function inodeOf(path: string): number | null {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return null;
  }
}
