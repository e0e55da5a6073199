// The row of a pool: its ranges, where its round robin stands, and how many leases it holds.

import type { Pool } from "cnidaria:cni/leases@0.3.0";
import { HostCallError } from "../error.ts";
import { formatNetwork, parseAddress } from "../ip_number.ts";
import type { Database, Row } from "../state/database.ts";
import { fill } from "./free_space.ts";
import { type Layout, layoutOfKey, rangeOf, toSortable } from "./layout.ts";

export interface PoolRecord {
  readonly id: number;
  readonly cursorRange: number;
  /** The last address given, sortable; empty at first. */
  readonly cursor: string;
  readonly held: number;
}

/** The pool with exactly these ranges; undefined if it was never used. */
export function findPool(database: Database, network: string, store: string, layout: Layout): PoolRecord | undefined {
  const row = database.get(
    "SELECT id, cursor_range, cursor, held FROM pools WHERE network = ? AND store = ? AND ranges = ?",
    network,
    store,
    layout.key,
  );
  return row === undefined ? undefined : toRecord(row);
}

/** The pool with exactly these ranges, made with its free space if it was never used. */
export function openPool(database: Database, network: string, pool: Pool, layout: Layout): PoolRecord {
  const known = findPool(database, network, pool.store, layout);
  if (known !== undefined) return known;
  dropEmptyPools(database, network, pool.store);
  const leased = leasedIn(database, network, pool.store, layout);
  const cursor = importedCursor(database, network, pool, layout);
  const row = database.get(
    `INSERT INTO pools (network, store, ranges, domain, cursor_range, cursor, held) VALUES (?, ?, ?, ?, ?, ?, ?)
      RETURNING id, cursor_range, cursor, held`,
    network,
    pool.store,
    layout.key,
    pool.domain,
    cursor.range,
    cursor.address,
    leased.length,
  );
  const made = toRecord(row!);
  fill(database, made.id, layout, leased);
  return made;
}

/** Every pool of the network's store in which the address can be given, with its layout and range. */
export function poolsWith(
  database: Database,
  network: string,
  store: string,
  address: string,
): { id: number; layout: Layout; range: number; number: bigint }[] {
  const parsed = parseAddress(address);
  if (parsed === undefined) return [];
  const rows = database.all("SELECT id, ranges FROM pools WHERE network = ? AND store = ?", network, store);
  return rows.flatMap((row) => {
    const layout = layoutOfKey(String(row.ranges));
    const range = rangeOf(layout, parsed.family, parsed.number);
    if (range === undefined) return [];
    return [{ id: Number(row.id), layout, range, number: parsed.number }];
  });
}

/**
 * @throws {HostCallError} `invalid`, if a network of the same domain holds leases in a subnet that overlaps one of
 * these: the same address would be given twice on one link
 */
export function refuseOverlap(database: Database, network: string, pool: Pool, layout: Layout): void {
  if (pool.domain === "") return;
  const others = database.all(
    "SELECT network, ranges, held FROM pools WHERE domain = ? AND held > 0 AND network <> ?",
    pool.domain,
    network,
  );
  for (const other of others) {
    for (const theirs of layoutOfKey(String(other.ranges)).ranges.map((range) => range.network)) {
      const mine = layout.ranges.map((range) => range.network).find((candidate) =>
        candidate.family === theirs.family && candidate.first <= theirs.last && theirs.first <= candidate.last
      );
      if (mine === undefined) continue;
      throw new HostCallError(
        "invalid",
        `Cannot lease an address as the subnets of two networks on ${pool.domain} overlap: ${formatNetwork(mine)} of ` +
          `network ${network} and ${formatNetwork(theirs)} of network ${other.network}, which holds ${other.held} ` +
          `leases. Give one of them another subnet or bridge`,
      );
    }
  }
}

/** Pools that hold nothing are left over from an earlier configuration, or will be made again when they are needed. */
function dropEmptyPools(database: Database, network: string, store: string): void {
  database.run(
    "DELETE FROM free_space WHERE pool IN (SELECT id FROM pools WHERE network = ? AND store = ? AND held = 0)",
    network,
    store,
  );
  database.run("DELETE FROM pools WHERE network = ? AND store = ? AND held = 0", network, store);
}

/** The leased addresses of the network's store that lie in the ranges. */
export function leasedIn(database: Database, network: string, store: string, layout: Layout): bigint[] {
  const rows = database.all("SELECT address FROM leases WHERE network = ? AND store = ?", network, store);
  return rows.flatMap((row) => {
    const address = parseAddress(String(row.address));
    const inside = address !== undefined && rangeOf(layout, address.family, address.number) !== undefined;
    return inside ? [address.number] : [];
  });
}

function importedCursor(database: Database, network: string, pool: Pool, layout: Layout) {
  const row = database.get(
    "SELECT address FROM imported_cursors WHERE network = ? AND store = ? AND pool_index = ?",
    network,
    pool.store,
    pool.index,
  );
  const address = row === undefined ? undefined : parseAddress(String(row.address));
  const range = address === undefined ? undefined : rangeOf(layout, address.family, address.number);
  if (address === undefined || range === undefined) return { range: -1, address: "" };
  return { range, address: toSortable(address.family, address.number) };
}

function toRecord(row: Row): PoolRecord {
  return {
    id: Number(row.id),
    cursorRange: Number(row.cursor_range),
    cursor: String(row.cursor),
    held: Number(row.held),
  };
}
