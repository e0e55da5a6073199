// The journal of one attachment: one file, locked for the whole call. The lock keeps two calls on an attachment apart;
// the lines are what a call is about to change; a file that has lines and no lock is what a dead process left.
//
// Lines are JSON: `{"header": …}` once, `{"change": …}` for each change before it is made, `{"left": [i, …]}` when all
// were undone but for those. Lines of changes that a host function failed to make are cut off. A call that ends removes
// the file. A line is in the file once write(2) has returned, so it survives the process; it need not survive the
// machine, whose kernel state is gone too.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { fileNameOf } from "../../host-funcs/state/file_name.ts";
import { fileRefusal } from "../../host-funcs/state/file_refusal.ts";
import { whyUntrusted } from "../../host-funcs/sys/trust.ts";
import { CniFailure } from "../cni/failure.ts";

/** Whose changes they are. */
export interface JournalHeader {
  readonly attachment: AttachmentKey;
  readonly plugin: string;
  /** Path of the container's namespace, and which one it was. */
  readonly netns: string;
  readonly netnsId: string;
  readonly bootId: string;
  /** See `Call.key`. */
  readonly key?: string;
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
  readonly #file: Deno.FsFile;
  #header: JournalHeader | undefined;
  #changes: Change[] = [];
  /** Where the line of each change begins, in bytes. */
  #starts: number[] = [];
  /** Bytes of whole lines. */
  #length = 0;
  /** Whether what is in the file is known: a line that could not be written may be there in part. */
  #sound = true;

  private constructor(readonly path: string, file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Opens and locks the journal of an attachment and plugin.
   *
   * @param waitMs how long to wait for another call on the same attachment
   * @throws {CniFailure} `tryAgainLater` after that time, `io` if the state directory cannot be used
   */
  static open(stateDir: string, key: AttachmentKey, plugin: string, waitMs: number): Journal {
    const path = `${journalDir(stateDir)}/${fileNameOf([key.network, key.containerId, key.ifname, plugin])}.jsonl`;
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
    const text = Deno.readTextFileSync(this.path);
    const stale = parseJournal(text, this.path);
    if (stale === undefined) return undefined;
    this.#header = stale.header;
    this.#changes = [...stale.changes];
    this.#length = new TextEncoder().encode(text.slice(0, text.lastIndexOf("\n") + 1)).length;
    return stale;
  }

  /** Changes so far. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Begins anew, for a call that is going to change something. */
  begin(header: JournalHeader): void {
    this.#file.truncateSync(0);
    this.#header = header;
    this.#changes = [];
    this.#starts = [];
    this.#length = 0;
  }

  /**
   * Writes a change down, before it is made.
   *
   * @throws {HostCallError} `exhausted` or `io`: it must not be made
   */
  append(change: Change): void {
    if (this.#length === 0) this.#write({ header: this.#header });
    const start = this.#length;
    this.#write({ change });
    this.#starts.push(start);
    this.#changes.push(change);
  }

  /** Only the first changes were made, or have not been undone. Needs no space on the disk. */
  retract(count: number): void {
    const start = this.#starts[count];
    if (start === undefined) return;
    this.#file.truncateSync(start);
    this.#length = start;
    this.#starts.length = count;
    this.#changes.length = count;
  }

  /**
   * All changes have been undone but for these, which are of `changes`. Where that cannot be written down the journal
   * stays as it is: what was undone is undone again, and found to be gone.
   */
  keep(left: readonly Change[]): void {
    if (left.length === this.#changes.length) return;
    try {
      this.#write({ left: left.map((change) => this.#changes.indexOf(change)) });
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
    }
  }

  /**
   * The call is over, and nothing is open.
   *
   * @throws {HostCallError} `io` if the file cannot be removed: what it says will be undone by the next call
   */
  finish(): void {
    try {
      Deno.removeSync(this.path);
    } catch (error) {
      throw fileRefusal("remove the journal", this.path, error);
    }
    this.close();
  }

  /** The call is over, and may have left something: what a journal says stays for the next call, and an empty one goes. */
  letGo(): void {
    let isEmpty = false;
    try {
      isEmpty = this.stale() === undefined;
    } catch {
      // Damaged: it is left as it is.
    }
    if (isEmpty) this.finish();
    else this.close();
  }

  /** Gives the lock back, and leaves the file for whoever comes next. */
  close(): void {
    // A program that a delegate has left running may have inherited the file, and would hold the lock on.
    this.#file.unlockSync();
    this.#file.close();
  }

  #write(line: Record<string, unknown>): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    try {
      if (!this.#sound) this.#file.truncateSync(this.#length);
      this.#sound = false;
      this.#file.seekSync(this.#length, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw fileRefusal("write the journal", this.path, error);
    }
    this.#sound = true;
    this.#length += bytes.length;
  }
}

/** The folder of all journals. */
export function journalDir(stateDir: string): string {
  return `${stateDir}/journal`;
}

function openFile(path: string, create: boolean): Deno.FsFile | undefined {
  const options = { read: true, write: true, create, mode: 0o600 };
  const directory = path.slice(0, path.lastIndexOf("/"));
  try {
    checkDirectory(directory);
    return Deno.openSync(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileRefusal("open the journal", path, error);
  }
  if (!create) return undefined;
  try {
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
    return Deno.openSync(path, options);
  } catch (error) {
    throw fileRefusal("open the journal", path, error);
  }
}

/** Whoever could write a journal could have anything undone. */
function checkDirectory(path: string): void {
  const why = whyUntrusted(Deno.statSync(path));
  if (why !== undefined) throw new HostCallError("denied", `Cannot trust the journals in ${path} as ${why}`);
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
      else if (Array.isArray(entry.left)) {
        const left = changes.filter((_, at) => entry.left.includes(at));
        changes.splice(0, changes.length, ...left);
      }
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
