// What is in a table, for tests to compare.

import type { TableContent } from "../ruleset.ts";

/** Everything in it, as values. */
export function plain({ sets, chains, counters }: TableContent) {
  const byName = (one: { name: string }, other: { name: string }) => one.name < other.name ? -1 : 1;
  return {
    sets: [...sets.values()].sort(byName).map(({ name, key, intervals, verdicts, elements }) => ({
      name,
      type: [...key, intervals, verdicts],
      elements: [...elements].sort(([one], [other]) => one < other ? -1 : 1),
    })),
    chains: [...chains.values()].sort(byName),
    counters: [...counters].sort(),
  };
}
