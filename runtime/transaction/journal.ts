// The journal of one attachment: one file, locked for the whole call. The lock keeps two calls on an attachment apart;
// the lines are what a call is about to change; a file that has lines and no lock is what a dead process left.
//
// Lines are JSON: `{"header": …}` once, `{"change": …}` for each change before it is made, `{"retract": n}` when a host
// function failed: only the first n changes were made. A call that ends removes the file. A line is in the file once
// write(2) has returned, so it survives the process; it need not survive the machine, whose kernel state is gone too.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { CniFailure } from "../cni/failure.ts";

/** Whose changes they are. */
export interface JournalHeader {
  readonly attachment: AttachmentKey;
  readonly plugin: string;
  /** Path of the container's namespace, and which one it was. */
  readonly netns: string;
  readonly netnsId: string;
  readonly bootId: string;
}

/** What a process that died has left. */
export interface StaleJournal {
  readonly header: JournalHeader;
  readonly changes: readonly Change[];
}

/** Milliseconds between two tries for the lock. */
const LOCK_POLL_MS = 5;

/** An open, locked journal. */
export class Journal {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #header: JournalHeader | undefined;
  #changes: Change[] = [];
  #written = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens and locks the journal of an attachment and plugin.
   *
   * @param waitMs how long to wait for another call on the same attachment
   * @throws {CniFailure} `tryAgainLater` after that time, `io` if the state directory cannot be used
   */
  static open(stateDir: string, key: AttachmentKey, plugin: string, waitMs: number): Journal {
    const path = `${journalDir(stateDir)}/${digestOf([key.network, key.containerId, key.ifname, plugin])}.jsonl`;
    const journal = Journal.openPath(path, waitMs, true);
    if (journal !== undefined) return journal;
    throw new CniFailure(
      "tryAgainLater",
      `Cannot work on attachment ${key.network}/${key.containerId}/${key.ifname} as another call on it still runs`,
      `waited ${waitMs} ms for ${path}`,
    );
  }

  /**
   * @param create make the file if there is none
   * @returns nothing if another process holds it, or if there is none
   */
  static openPath(path: string, waitMs: number, create: boolean): Journal | undefined {
    const deadline = performance.now() + waitMs;
    while (true) {
      const file = openFile(path, create);
      if (file === undefined) return undefined;
      if (file.tryLockSync(true)) {
        if (isSameFile(path, file)) return new Journal(path, file);
        // The call that held the lock has removed the file: this one locks nothing.
        file.close();
        continue;
      }
      file.close();
      if (performance.now() > deadline) return undefined;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
    }
  }

  /**
   * What a dead process left, if anything.
   *
   * @throws {CniFailure} `io` if the file is damaged: it is left as it is, for a person
   */
  stale(): StaleJournal | undefined {
    return parseJournal(Deno.readTextFileSync(this.#path), this.#path);
  }

  /** Changes so far. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Begins anew, for a call that is going to change something. */
  begin(header: JournalHeader): void {
    this.#file.truncateSync(0);
    this.#file.seekSync(0, Deno.SeekMode.Start);
    this.#header = header;
    this.#changes = [];
    this.#written = false;
  }

  /** Writes a change down, before it is made. */
  append(change: Change): void {
    const lines = this.#written ? [] : [JSON.stringify({ header: this.#header })];
    lines.push(JSON.stringify({ change }));
    this.#write(lines);
    this.#written = true;
    this.#changes.push(change);
  }

  /** Only the first changes were made, or have not been undone. */
  retract(count: number): void {
    if (count >= this.#changes.length) return;
    this.#write([JSON.stringify({ retract: count })]);
    this.#changes.length = count;
  }

  /** Replaces what it holds: what could not be undone. */
  keep(header: JournalHeader, changes: readonly Change[]): void {
    this.begin(header);
    for (const change of changes) this.append(change);
  }

  /** The call is over, and nothing is open. */
  finish(): void {
    Deno.removeSync(this.#path);
    this.#file.close();
  }

  /** Gives the lock back, and leaves the file for whoever comes next. */
  close(): void {
    this.#file.close();
  }

  #write(lines: readonly string[]): void {
    const bytes = new TextEncoder().encode(lines.map((line) => line + "\n").join(""));
    let at = 0;
    while (at < bytes.length) at += this.#file.writeSync(bytes.subarray(at));
  }
}

/** The folder of all journals. */
export function journalDir(stateDir: string): string {
  return `${stateDir}/journal`;
}

function openFile(path: string, create: boolean): Deno.FsFile | undefined {
  const options = { read: true, write: true, create, mode: 0o600 };
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw unusable(path, error);
  }
  if (!create) return undefined;
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return Deno.openSync(path, options);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): CniFailure {
  return new CniFailure("io", `Cannot open the journal ${path}: ${(error as Error).message}`);
}

function isSameFile(path: string, file: Deno.FsFile): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch {
    return false;
  }
}

/**
 * Parses a journal's lines. The last may be torn: its change was never made.
 *
 * @throws {CniFailure} `io`, naming the line
 */
export function parseJournal(text: string, path: string): StaleJournal | undefined {
  const lines = text.split("\n").slice(0, -1);
  let header: JournalHeader | undefined;
  const changes: Change[] = [];
  lines.forEach((line, index) => {
    try {
      const entry = JSON.parse(line);
      if (entry.header !== undefined) header = entry.header;
      else if (entry.change !== undefined) changes.push(entry.change);
      else if (Number.isInteger(entry.retract)) changes.length = Math.min(changes.length, entry.retract);
    } catch {
      throw new CniFailure(
        "io",
        `Cannot read the journal ${path} as line ${index + 1} is no JSON`,
        "see what the attachment has left, remove it by hand, then remove the file",
      );
    }
  });
  return header === undefined || changes.length === 0 ? undefined : { header, changes };
}

/** A name for a file: FNV-1a of 64 bits, twice; names are no secret, and two that meet only wait for each other. */
function digestOf(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  return fnv1a(text, 0xcbf29ce484222325n) + fnv1a(text, 0x84222325cbf29ce4n);
}

function fnv1a(text: string, basis: bigint): string {
  let hash = basis;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
