// What the agent and its threads see of each other while a thread waits in the kernel, and no message can reach it.

import { monotonicNs } from "../../host-funcs/sys/clock.ts";

const ENDING = 0;
const FIRST = 1;
const STATE = 0;
const SINCE = 1;
const PER_THREAD = 2;

const IDLE = 0;
const BUSY = 1;

export const MAX_THREADS = 16;

/** How the agent ends: `finish` what runs; or, `now`, undo it. */
export type Ending = "no" | "finish" | "now";
const ENDINGS: readonly Ending[] = ["no", "finish", "now"];

export class SharedState {
  readonly #cells: Int32Array;

  constructor(readonly buffer = new SharedArrayBuffer((FIRST + MAX_THREADS * PER_THREAD) * 4)) {
    this.#cells = new Int32Array(buffer);
  }

  get ending(): Ending {
    return ENDINGS[Atomics.load(this.#cells, ENDING)]!;
  }

  set ending(value: Ending) {
    Atomics.store(this.#cells, ENDING, ENDINGS.indexOf(value));
  }

  /** A thread has taken a connection, or waits for the next. */
  setBusy(thread: number, busy: boolean): void {
    Atomics.store(this.#cells, this.#at(thread, SINCE), seconds());
    Atomics.store(this.#cells, this.#at(thread, STATE), busy ? BUSY : IDLE);
  }

  /** Since when, in whole seconds; undefined while it waits. */
  busySeconds(thread: number): number | undefined {
    if (Atomics.load(this.#cells, this.#at(thread, STATE)) !== BUSY) return undefined;
    return seconds() - Atomics.load(this.#cells, this.#at(thread, SINCE));
  }

  #at(thread: number, cell: number): number {
    return FIRST + thread * PER_THREAD + cell;
  }
}

function seconds(): number {
  return Number(monotonicNs() / 1_000_000_000n);
}
