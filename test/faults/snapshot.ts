// Everything that an attachment could leave: in the kernel, in the node's database, in the state directory. As lines of
// text, for comparison.

import { DatabaseSync } from "node:sqlite";
import { fromSortable, layoutOfKey, sizeOf } from "../../host-funcs/leases/layout.ts";
import type { Namespace } from "../lab/namespace.ts";
import { dumpState } from "../lab/state.ts";

/** Tables whose rows change with every call: `assertPools` looks at them. */
const BOOKKEEPING: ReadonlySet<string> = new Set(["pools", "free_space", "counters", "imported_cursors"]);

/**
 * The full state of a node and of pods. Lines begin with where they are from: `node link:`, `pod route:`, `row leases:`,
 * `file:`.
 *
 * @param stateDir CNIDARIA_STATE
 */
export async function snapshot(node: Namespace, pods: readonly Namespace[], stateDir: string): Promise<string[]> {
  const kernel = await Promise.all([node, ...pods].map((namespace) => dumpState(namespace)));
  const [ofNode = [], ...ofPods] = kernel;
  return [
    ...ofNode.map((line) => `node ${line}`),
    ...ofPods.flat().map((line) => `pod ${line}`),
    ...rows(stateDir),
    ...files(stateDir),
  ];
}

/** Lines that one of two snapshots has and the other has not: `- ` was there before, `+ ` is there now. */
export function difference(before: readonly string[], now: readonly string[]): string[] {
  const brief = (line: string) => line.length > 400 ? `${line.slice(0, 400)}…` : line;
  return [
    ...without(before, now).map((line) => `- ${brief(line)}`),
    ...without(now, before).map((line) => `+ ${brief(line)}`),
  ];
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

/** Every row of the database that is no bookkeeping. */
function rows(stateDir: string): string[] {
  return withDatabase(stateDir, (database) => {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
    return tables.map((table) => String(table.name)).filter((name) => !BOOKKEEPING.has(name)).flatMap((name) =>
      database.prepare(`SELECT * FROM ${name}`).all().map((row) => `row ${name}: ${JSON.stringify(row)}`).sort()
    );
  }) ?? [];
}

/** Folders of the state directory that no attachment owns: compiled components, and the log of calls. */
const UNOWNED: ReadonlySet<string> = new Set(["cache", "calls"]);

/** Paths and contents of the state directory's files, but for the database's. */
function files(stateDir: string): string[] {
  const found: string[] = [];
  const visit = (directory: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      const path = `${directory}/${name}`;
      if (isDirectory && directory === stateDir && UNOWNED.has(name)) continue;
      if (isDirectory) visit(path);
      else if (!/^cnidaria\.db(-wal|-shm)?$/.test(name)) found.push(`file: ${path}: ${Deno.readTextFileSync(path)}`);
    }
  };
  if (exists(stateDir)) visit(stateDir);
  return found.sort();
}

/**
 * What is wrong with the books of the pools: each address of a pool is either free, once, or leased, and `held` counts
 * the leases.
 */
export function poolFaults(stateDir: string): string[] {
  return withDatabase(stateDir, (database) => {
    const leases = database.prepare("SELECT network, store, address FROM leases").all();
    return database.prepare("SELECT id, network, store, ranges, held FROM pools").all().flatMap((pool) => {
      const layout = layoutOfKey(String(pool.ranges));
      const isOfFamily = (address: string) => address.includes(":") === (layout.family === 6);
      const leased = leases.filter((it) =>
        it.network === pool.network && it.store === pool.store && isOfFamily(String(it.address))
      );
      const free = database.prepare("SELECT range_index, first, last FROM free_space WHERE pool = ? ORDER BY 1, 2")
        .all(pool.id!).map((it) => ({ first: fromSortable(String(it.first)), last: fromSortable(String(it.last)) }));
      const overlaps = free.some(({ first }, index) => index > 0 && first <= free[index - 1]!.last);
      const sum = free.reduce((sum, { first, last }) => sum + last - first + 1n, 0n) + BigInt(leased.length);
      return [
        ...Number(pool.held) === leased.length
          ? []
          : [`${pool.ranges} holds ${pool.held}, ${leased.length} are leased`],
        ...overlaps ? [`${pool.ranges} has an address free twice`] : [],
        ...sum === sizeOf(layout) ? [] : [`${pool.ranges} has ${sum} addresses free or leased of ${sizeOf(layout)}`],
      ];
    });
  }) ?? [];
}

function withDatabase<T>(stateDir: string, read: (database: DatabaseSync) => T): T | undefined {
  const path = `${stateDir}/cnidaria.db`;
  if (!exists(path)) return undefined;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
