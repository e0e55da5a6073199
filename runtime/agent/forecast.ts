// When a pool will have no address left, if it goes on filling as it did in the last hour.

/** Milliseconds that a forecast looks back. */
const WINDOW_MS = 3_600_000;
/** Milliseconds of knowledge without which it says nothing. */
const LEAST_MS = 300_000;

interface Sample {
  readonly at: number;
  readonly held: number;
}

/** The samples of one pool. */
export class Forecast {
  #samples: Sample[] = [];

  /** @param at milliseconds, of a clock that never goes back */
  add(at: number, held: number): void {
    this.#samples = [...this.#samples.filter((it) => it.at > at - WINDOW_MS), { at, held }];
  }

  /**
   * Seconds until nothing is left, by the line that fits the samples best (least squares). Infinite while the pool does
   * not fill, and while less than five minutes are known.
   */
  secondsLeft(size: number): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined) return Infinity;
    if (last.held >= size) return 0;
    if (last.at - first.at < LEAST_MS) return Infinity;
    const count = this.#samples.length;
    const meanAt = this.#samples.reduce((sum, { at }) => sum + at, 0) / count;
    const meanHeld = this.#samples.reduce((sum, { held }) => sum + held, 0) / count;
    const above = this.#samples.reduce((sum, { at, held }) => sum + (at - meanAt) * (held - meanHeld), 0);
    const below = this.#samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
    const perMs = above / below;
    return perMs > 0 ? (size - last.held) / perMs / 1000 : Infinity;
  }
}
