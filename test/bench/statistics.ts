// Figures of a series of times.

/** Milliseconds, but for the count. */
export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** @param times milliseconds, at least one */
export function summaryOf(times: readonly number[]): Summary {
  if (times.length === 0) throw new Error("Cannot give figures as nothing was measured: []");
  const sorted = times.toSorted((a, b) => a - b);
  // The nearest rank: always a time that was measured. Of fewer than 100 times the p99 is the longest.
  const at = (percent: number) => sorted[Math.ceil(percent * sorted.length / 100) - 1]!;
  return { count: times.length, p50: at(50), p95: at(95), p99: at(99) };
}

/** How many values are there a second time, or more often: 2 for `a a a b`. */
export function repetitions(values: readonly string[]): number {
  return values.length - new Set(values).size;
}

/** Of an even number of values the upper one of the two in the middle. @param values at least one */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** `3.2 (2.9-4.0)`: the median, and the least and the largest value. @param values at least one */
export function medianText(values: readonly number[], digits: number): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
    value.toFixed(digits)
  );
  return least === most ? middle! : `${middle} (${least}-${most})`;
}
