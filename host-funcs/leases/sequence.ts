// Numbers that name one lease and no later one.

import type { Database } from "../state/database.ts";

/**
 * The next number. It grows with the clock (microseconds) as well: a number that was written to a journal by a process
 * that died before its transaction ended is not used again.
 */
export function nextSequence(database: Database): number {
  const row = database.get(
    "UPDATE counters SET value = max(value + 1, ?) WHERE name = 'lease' RETURNING value",
    Date.now() * 1000,
  );
  return Number(row?.value);
}
