// The last packets that policies dropped, for who asks; and of these as many for the log as a person reads.

import type { Drop } from "./drop.ts";

const KEPT = 1_000;
/** Milliseconds in which one line is written. */
const LINE_MS = 10_000;

export interface NumberedDrop extends Drop {
  /** Counts from 1 on: who asks for those after it misses none that are kept. */
  readonly number: number;
}

export class DropRing {
  readonly #drops: NumberedDrop[] = [];
  #number = 0;
  #lineAt = -Infinity;
  #unwritten = 0;

  constructor(private readonly kept = KEPT) {}

  /**
   * Takes one in.
   *
   * @returns whether it is to be written to the log, and how many since the last one were not
   */
  add(drop: Drop): { readonly write: boolean; readonly others: number } {
    this.#drops.push({ ...drop, number: ++this.#number });
    if (this.#drops.length > this.kept) this.#drops.shift();
    if (drop.at - this.#lineAt < LINE_MS) {
      this.#unwritten++;
      return { write: false, others: this.#unwritten };
    }
    const others = this.#unwritten;
    [this.#lineAt, this.#unwritten] = [drop.at, 0];
    return { write: true, others };
  }

  /** Those after a number, oldest first. */
  after(number: number): readonly NumberedDrop[] {
    return this.#drops.filter((it) => it.number > number);
  }

  /** All so far. */
  get total(): number {
    return this.#number;
  }
}
