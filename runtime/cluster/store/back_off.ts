// How long to wait before the next attempt: longer each time, and never all nodes at one moment.

const FIRST_MS = 200;
const LIMIT_MS = 30_000;

/** Waits of one endeavour. */
export class BackOff {
  #attempts = 0;

  /**
   * @param firstMs the first wait at most, doubled with each
   * @param limitMs no wait is longer
   * @param random from 0 to less than 1
   */
  constructor(
    private readonly firstMs = FIRST_MS,
    private readonly limitMs = LIMIT_MS,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds to wait now: between a half of the present limit and the whole. */
  next(): number {
    const limit = Math.min(this.limitMs, this.firstMs * 2 ** Math.min(this.#attempts++, 30));
    return limit / 2 + this.random() * limit / 2;
  }

  /** An attempt has succeeded. */
  reset(): void {
    this.#attempts = 0;
  }
}
