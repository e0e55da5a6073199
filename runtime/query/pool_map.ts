// A part of a pool as a map: an address a cell, or, where these are too many, a prefix a block. And as rows, in which what is
// free is there as well.

import { formatAddress, formatNetwork, type IpNetwork } from "../../host-funcs/ip_number.ts";
import { bitsOf } from "../../host-funcs/ip_number.ts";
import type { Layout } from "../../host-funcs/leases/layout.ts";
import type { Holder } from "./pool_leases.ts";

/** Bits of a prefix whose addresses are cells: 1,024 of them. */
export const CELL_BITS = 10;
/** Blocks of a map at most. */
const MOST_BLOCKS = 256;

export type Cell =
  | { readonly kind: "held"; readonly holder: Holder }
  | { readonly kind: "free"; readonly number: bigint }
  /** `why`: a noun phrase. */
  | { readonly kind: "reserved"; readonly number: bigint; readonly why: string };

export interface Block {
  readonly network: IpNetwork;
  readonly held: readonly Holder[];
  /** Addresses that could be held, with those that are. */
  readonly size: bigint;
}

export type Row =
  | Exclude<Cell, { kind: "free" }>
  /** Both ends included. */
  | { readonly kind: "free"; readonly first: bigint; readonly last: bigint };

export function isSmall({ family, prefix }: IpNetwork): boolean {
  return bitsOf(family) - prefix <= CELL_BITS;
}

/** Every address of a small network. @param holders of the pool, in order */
export function cellsOf(network: IpNetwork, layout: Layout, holders: readonly Holder[]): Cell[] {
  const held = new Map(within(network, holders).map((holder) => [holder.number, holder]));
  const cells: Cell[] = [];
  for (let number = network.first; number <= network.last; number++) {
    const holder = held.get(number);
    if (holder !== undefined) cells.push({ kind: "held", holder });
    else {
      const why = whyReserved(layout, number);
      cells.push(why === undefined ? { kind: "free", number } : { kind: "reserved", number, why });
    }
  }
  return cells;
}

/**
 * Parts of a large network. Of IPv4 all of the next eighth bit; of IPv6, where almost all are empty, those that hold
 * something, as small as there are few enough of them.
 */
export function blocksOf(network: IpNetwork, layout: Layout, holders: readonly Holder[]): Block[] {
  const inside = within(network, holders);
  if (network.family === 4) {
    const prefix = Math.min(32 - 1, Math.floor(network.prefix / 8) * 8 + 8);
    const count = 2 ** (prefix - network.prefix);
    return Array.from({ length: count }, (_, at) => blockAt(network, prefix, BigInt(at), layout, inside));
  }
  for (let prefix = 128 - CELL_BITS;; prefix--) {
    const bits = BigInt(128 - prefix);
    const groups = new Set(inside.map(({ number }) => (number - network.first) >> bits));
    if (groups.size > MOST_BLOCKS && prefix > network.prefix + 1) continue;
    return [...groups].map((at) => blockAt(network, prefix, at, layout, inside));
  }
}

/** What is held, reserved and free, in order. @param within of the pool's ranges */
export function rowsOf(network: IpNetwork, layout: Layout, holders: readonly Holder[]): Row[] {
  const rows: Row[] = [];
  for (const range of layout.ranges.toSorted((a, b) => a.first < b.first ? -1 : 1)) {
    const first = range.first > network.first ? range.first : network.first;
    const last = range.last < network.last ? range.last : network.last;
    if (first > last) continue;
    const taken: Row[] = [
      ...holders.filter(({ number }) => first <= number && number <= last)
        .map((holder): Row => ({ kind: "held", holder })),
      ...[...range.reserved].filter(([number]) => first <= number && number <= last)
        .map(([number, why]): Row => ({ kind: "reserved", number, why })),
    ].sort((a, b) => numberOf(a) < numberOf(b) ? -1 : 1);
    let next = first;
    for (const row of taken) {
      const number = numberOf(row);
      if (number > next) rows.push({ kind: "free", first: next, last: number - 1n });
      rows.push(row);
      next = number + 1n;
    }
    if (next <= last) rows.push({ kind: "free", first: next, last });
  }
  return rows;
}

/** From the whole subnet down to a part of it: what one has zoomed through. */
export function crumbsOf(subnet: IpNetwork, shown: IpNetwork): string[] {
  return subnet.prefix === shown.prefix ? [formatNetwork(subnet)] : [formatNetwork(subnet), formatNetwork(shown)];
}

export function textOf(network: Pick<IpNetwork, "family">, number: bigint): string {
  return formatAddress(network.family, number);
}

function numberOf(row: Row): bigint {
  return row.kind === "held" ? row.holder.number : row.kind === "free" ? row.first : row.number;
}

function blockAt(whole: IpNetwork, prefix: number, at: bigint, layout: Layout, holders: readonly Holder[]): Block {
  const bits = BigInt(bitsOf(whole.family) - prefix);
  const first = whole.first + (at << bits);
  const network: IpNetwork = { family: whole.family, first, last: first + (1n << bits) - 1n, prefix };
  return { network, held: within(network, holders), size: usable(network, layout) };
}

/** How many addresses of a network can be given. */
function usable({ first, last }: IpNetwork, layout: Layout): bigint {
  return layout.ranges.reduce((sum, range) => {
    const from = range.first > first ? range.first : first;
    const to = range.last < last ? range.last : last;
    if (from > to) return sum;
    const reserved = [...range.reserved.keys()].filter((number) => from <= number && number <= to).length;
    return sum + to - from + 1n - BigInt(reserved);
  }, 0n);
}

function whyReserved(layout: Layout, number: bigint): string | undefined {
  const range = layout.ranges.find(({ first, last }) => first <= number && number <= last);
  return range === undefined ? "outside of the pool's ranges" : range.reserved.get(number);
}

/** By two searches: they are in order. */
function within({ first, last }: IpNetwork, holders: readonly Holder[]): readonly Holder[] {
  return holders.slice(placeOf(holders, first), placeOf(holders, last + 1n));
}

/** Index of the first that is not below. */
function placeOf(holders: readonly Holder[], number: bigint): number {
  let [low, high] = [0, holders.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holders[middle]!.number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
