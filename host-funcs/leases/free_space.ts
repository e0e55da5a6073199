// What is free in a pool: disjoint intervals. One that was never given comes first, in order after the last address
// given; what was released comes after that, the longest released first. Both are found by an index.

import type { Database, Row } from "../state/database.ts";
import { formatAddress } from "../ip_number.ts";
import { fromSortable, type Layout, toSortable, withoutAddresses } from "./layout.ts";
import type { PoolRecord } from "./pool_record.ts";

export interface FreeAddress {
  readonly range: number;
  readonly address: bigint;
}

/** The next address to give; where there is none, the milliseconds after which the next cool-down ends, if one does. */
export function nextFree(
  database: Database,
  pool: PoolRecord,
  cooldownSeconds: number,
  now: number,
): FreeAddress | { readonly waitMs: number } | undefined {
  const unused = nextUnused(database, pool, pool.cursorRange, pool.cursor) ?? nextUnused(database, pool, -1, "");
  if (unused !== undefined) return unused;
  const released = database.get(
    `SELECT range_index, first, released_ms FROM free_space WHERE pool = ? AND released > 0 ORDER BY released LIMIT 1`,
    pool.id,
  );
  if (released === undefined) return undefined;
  const waitMs = restOf(cooldownSeconds, Number(released.released_ms), now);
  if (waitMs === 0) return releasedAt(released);
  // One that was released later may be free earlier: no packet had it, or the clock was set since.
  const rested = database.get(
    `SELECT range_index, first FROM free_space WHERE pool = ? AND released > 0 AND
      (released_ms <= ? OR released_ms > ?) ORDER BY released LIMIT 1`,
    pool.id,
    now - cooldownSeconds * 1000,
    now,
  );
  return rested === undefined ? { waitMs } : releasedAt(rested);
}

/**
 * Milliseconds of a cool-down that are left. A release in the future says that the clock was set back since: how long
 * ago it was is not known, and the address is not kept back for it.
 */
function restOf(cooldownSeconds: number, releasedMs: number, now: number): number {
  return releasedMs > now ? 0 : Math.max(0, cooldownSeconds * 1000 - (now - releasedMs));
}

function releasedAt(row: Row): FreeAddress {
  return { range: Number(row.range_index), address: fromSortable(String(row.first)) };
}

/** Takes a free address out; does nothing if it isn't free. */
export function take(database: Database, pool: number, layout: Layout, range: number, address: bigint): void {
  const text = toSortable(layout.family, address);
  const interval = database.get(
    `SELECT first, last, released, released_ms FROM free_space WHERE pool = ? AND range_index = ? AND last >= ?
      ORDER BY last LIMIT 1`,
    pool,
    range,
    text,
  );
  if (interval === undefined || String(interval.first) > text) return;
  const { first, last } = interval as { first: string; last: string };
  if (first === last) {
    database.run("DELETE FROM free_space WHERE pool = ? AND range_index = ? AND last = ?", pool, range, last);
    return;
  }
  if (text === last) {
    moveLast(database, pool, range, last, toSortable(layout.family, address - 1n));
    return;
  }
  const next = toSortable(layout.family, address + 1n);
  database.run(
    "UPDATE free_space SET first = ? WHERE pool = ? AND range_index = ? AND last = ?",
    next,
    pool,
    range,
    last,
  );
  if (text > first) {
    const before = { first, last: toSortable(layout.family, address - 1n) };
    insert(database, pool, range, before.first, before.last, Number(interval.released), Number(interval.released_ms));
  }
}

/** Puts an address back. `releasedMs` 0: no cool-down. */
export function giveBack(
  database: Database,
  pool: number,
  layout: Layout,
  free: FreeAddress,
  sequence: number,
  releasedMs: number,
): void {
  const text = toSortable(layout.family, free.address);
  insert(database, pool, free.range, text, text, sequence, releasedMs);
}

/** Makes the free space of a new pool: everything but what is reserved or leased already. */
export function fill(database: Database, pool: number, layout: Layout, leased: readonly bigint[]): void {
  const byNumber = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
  layout.ranges.forEach((range, index) => {
    const taken = [...leased, ...range.reserved.keys()].sort(byNumber);
    for (const { first, last } of withoutAddresses(range, taken)) {
      insert(database, pool, index, toSortable(layout.family, first), toSortable(layout.family, last), 0, 0);
    }
  });
}

function nextUnused(database: Database, pool: PoolRecord, range: number, after: string): FreeAddress | undefined {
  const row: Row | undefined = database.get(
    `SELECT range_index, first, last FROM free_space INDEXED BY free_space_unused
      WHERE pool = ? AND released = 0 AND (range_index, last) > (?, ?) ORDER BY range_index, last LIMIT 1`,
    pool.id,
    range,
    after,
  );
  if (row === undefined) return undefined;
  const inside = Number(row.range_index) === range && String(row.first) <= after;
  const address = inside ? fromSortable(after) + 1n : fromSortable(String(row.first));
  return { range: Number(row.range_index), address };
}

function insert(
  database: Database,
  pool: number,
  range: number,
  first: string,
  last: string,
  released: number,
  releasedMs: number,
): void {
  database.run(
    "INSERT OR IGNORE INTO free_space (pool, range_index, first, last, released, released_ms) VALUES (?, ?, ?, ?, ?, ?)",
    pool,
    range,
    first,
    last,
    released,
    releasedMs,
  );
}

function moveLast(database: Database, pool: number, range: number, last: string, to: string): void {
  database.run(
    "UPDATE free_space SET last = ? WHERE pool = ? AND range_index = ? AND last = ?",
    to,
    pool,
    range,
    last,
  );
}

/** The address as text. */
export function textOf(layout: Layout, free: FreeAddress): string {
  return formatAddress(layout.family, free.address);
}
