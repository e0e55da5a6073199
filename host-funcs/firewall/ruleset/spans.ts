// The intervals of a set in their order, so that what overlaps is found at once.

import type { Span } from "./values.ts";

/** Up to so many are put in one by one: merging costs as many steps as there are intervals in all. */
const FEW = 32;

export class Spans {
  #sorted: Span[] = [];

  /** @returns undefined, or two that overlap: then nothing has changed */
  insert(spans: readonly Span[]): readonly [Span, Span] | undefined {
    if (spans.length > FEW) return this.#merge(spans);
    for (const [count, span] of spans.entries()) {
      const at = this.#indexOf(span.first);
      const [before, after] = [this.#sorted[at - 1], this.#sorted[at]];
      const other = before && before.last >= span.first
        ? before
        : after && after.first <= span.last
        ? after
        : undefined;
      if (other) {
        this.remove(spans.slice(0, count));
        return [span, other];
      }
      this.#sorted.splice(at, 0, span);
    }
    return undefined;
  }

  /** Those that are there. */
  remove(spans: readonly Span[]): void {
    if (spans.length > FEW) {
      const gone = new Set(spans.map(({ first }) => first));
      this.#sorted = this.#sorted.filter(({ first }) => !gone.has(first));
      return;
    }
    for (const { first } of spans) {
      const at = this.#indexOf(first);
      if (this.#sorted[at]?.first === first) this.#sorted.splice(at, 1);
    }
  }

  #merge(spans: readonly Span[]): readonly [Span, Span] | undefined {
    // Both are in order but for the ends of what is added: sorting that costs little more than a merge.
    const all = [...this.#sorted, ...spans].sort((a, b) => a.first < b.first ? -1 : a.first > b.first ? 1 : 0);
    for (let at = 1; at < all.length; at++) {
      if (all[at - 1]!.last >= all[at]!.first) return [all[at]!, all[at - 1]!];
    }
    this.#sorted = all;
    return undefined;
  }

  /** Of the first that does not begin before `first`. */
  #indexOf(first: string): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.first < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
