// The agent's threads: a few that always wait for calls, more while all of those are busy, and the keeper.

import type { Told } from "./keeper/report.ts";
import type { Served, ThreadMessage, ThreadStart } from "./served.ts";
import { MAX_THREADS, type SharedState } from "./shared_state.ts";

/** Milliseconds between two looks at whether more threads are needed. */
const LOOK_MS = 100;
/** Milliseconds after which a thread that died is replaced: one that dies at once must not be started in a circle. */
const REPLACE_MS = 1_000;
/** A call that takes longer is taken for stuck. Executables have 60 s, and wait for a lock before. */
const STUCK_SECONDS = 120;
/** The keeper's place among the threads. */
const KEEPER = MAX_THREADS - 1;

/** What the threads have in common. */
export type ThreadBase = Omit<ThreadStart, "role" | "index" | "shared">;

/** Told of what threads do. */
export interface ThreadListener {
  connection(served: Served): void;
  kept(told: Told): void;
  /** A thread has ended by an error of its own. */
  died(message: string): void;
}

export class Threads {
  readonly #workers = new Map<number, { worker: Worker; ready: boolean }>();
  readonly #listener: ThreadListener;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #start = Promise.withResolvers<void>();
  #started = false;
  #allEnded: (() => void) | undefined;

  /**
   * @param worker the module of `thread.ts`
   * @param first how many threads wait for calls at all times
   */
  constructor(
    private readonly worker: URL,
    private readonly base: ThreadBase,
    private readonly shared: SharedState,
    private readonly first: number,
    listener: ThreadListener,
  ) {
    this.#listener = listener;
  }

  /**
   * Starts the first threads.
   *
   * @returns when they wait for calls
   * @throws {Error} if one of them cannot
   */
  async start(): Promise<void> {
    for (let index = 0; index < this.first; index++) this.#spawn(index);
    await this.#start.promise;
    this.#started = true;
    this.#spawn(KEEPER);
    this.#look();
  }

  /** How many threads there are, the keeper aside, and how many of them serve a call. */
  counts(): { total: number; busy: number; stuck: number } {
    const serving = [...this.#workers.keys()].filter((index) => index !== KEEPER);
    const seconds = serving.map((index) => this.shared.busySeconds(index));
    return {
      total: serving.length,
      busy: seconds.filter((it) => it !== undefined).length,
      stuck: seconds.filter((it) => it !== undefined && it > STUCK_SECONDS).length,
    };
  }

  /** @returns when every thread has ended, or that time is over */
  async ended(ms: number): Promise<boolean> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#workers.size === 0) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
    const all = new Promise<true>((resolve) => this.#allEnded = () => resolve(true));
    try {
      return await Promise.race([all, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #spawn(index: number): void {
    const worker = new Worker(this.worker, { type: "module", name: index === KEEPER ? "keeper" : `calls ${index}` });
    const entry = { worker, ready: index === KEEPER };
    this.#workers.set(index, entry);
    worker.onmessage = ({ data }: MessageEvent<ThreadMessage>) => this.#message(index, data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#gone(index);
      if (!this.#started) {
        return this.#start.reject(new Error(`Cannot start the agent as a thread ended: ${event.message}`));
      }
      this.#listener.died(event.message);
      if (this.shared.ending === "no") this.#after(REPLACE_MS, () => this.#spawn(index));
    };
    const role = index === KEEPER ? "keep" : "serve";
    const start: ThreadStart = { ...this.base, role, index, shared: this.shared.buffer };
    worker.postMessage({ start, firstThreads: this.first });
  }

  #message(index: number, message: ThreadMessage): void {
    switch (message.kind) {
      case "connection":
        return this.#listener.connection(message.served);
      case "kept":
        return this.#listener.kept(message.told);
      case "ended":
        return this.#gone(index);
      case "ready":
        this.#workers.get(index)!.ready = true;
        if ([...this.#workers.values()].every(({ ready }) => ready)) this.#start.resolve();
    }
  }

  #gone(index: number): void {
    this.shared.setBusy(index, false);
    this.#workers.delete(index);
    if (this.#workers.size === 0) this.#allEnded?.();
  }

  /** Starts one more thread where none waits. */
  #look(): void {
    this.#after(LOOK_MS, () => {
      const { total, busy } = this.counts();
      const free = Array.from({ length: KEEPER }, (_, index) => index).find((index) => !this.#workers.has(index));
      const starting = [...this.#workers.values()].some(({ ready }) => !ready);
      if (busy === total && free !== undefined && !starting) this.#spawn(free);
      this.#look();
    });
  }

  #after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}
