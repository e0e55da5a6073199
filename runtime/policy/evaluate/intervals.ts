// Networks, ranges and single values, sorted, so that a value is found among many.

import { parseAddress, parseNetwork } from "../../../host-funcs/ip_number.ts";

interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

export class Intervals {
  readonly #firsts: bigint[];
  readonly #lasts: bigint[];

  /**
   * @param texts addresses, networks, ranges of addresses, ports, or ranges of ports; they may overlap
   * @throws {Error} a sentence, for what is none of these
   */
  constructor(texts: Iterable<string>) {
    const sorted = [...texts].map(intervalOf).sort(({ first: one }, { first: other }) =>
      one < other ? -1 : one > other ? 1 : 0
    );
    const merged: { first: bigint; last: bigint }[] = [];
    for (const { first, last } of sorted) {
      const latest = merged.at(-1);
      if (latest === undefined || first > latest.last) merged.push({ first, last });
      else if (last > latest.last) latest.last = last;
    }
    this.#firsts = merged.map(({ first }) => first);
    this.#lasts = merged.map(({ last }) => last);
  }

  has(value: bigint): boolean {
    let low = 0;
    let high = this.#firsts.length;
    // The first that begins behind the value: the one before it is the only one that can hold it.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#firsts[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low > 0 && value <= this.#lasts[low - 1]!;
  }
}

function intervalOf(text: string): Interval {
  const network = text.includes("/") ? parseNetwork(text) : undefined;
  if (network !== undefined) return network;
  const [from = "", to = from, ...rest] = text.split("-");
  const [first, last] = [numberOf(from), numberOf(to)];
  if (first === undefined || last === undefined || rest.length > 0) {
    throw new Error(`Cannot judge packets by ${JSON.stringify(text)} as it is neither a network nor a range`);
  }
  return { first, last };
}

function numberOf(text: string): bigint | undefined {
  if (/^[0-9]+$/.test(text)) return BigInt(text);
  return parseAddress(text)?.number;
}
