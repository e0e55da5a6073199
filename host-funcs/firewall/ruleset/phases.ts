// A change of a table in several transactions, as one alone is not enough for packets that are under way: the kernel
// chooses the generation of rules when a packet enters a base chain, and that of a set's elements at each lookup. A packet
// in between is judged by old rules and new elements. Led by an element to a chain that has no rules of the old generation
// yet, it would come back from there, and pass (nft_do_chain, nf_tables_commit; seen on Linux 6.18).

import type { Effect } from "./ruleset.ts";

/**
 * What nothing refers to yet, what makes it count, and what nothing refers to any more. Each is in its given order.
 *
 * @returns undefined where something is deleted and made again by the same name, so that there is no such order
 */
export function phasesOf(effects: readonly Effect[]): Effect[][] | undefined {
  const [added, deleted] = [new Set<string>(), new Set<string>()];
  for (const effect of effects) {
    if (isAddition(effect)) added.add(nameOf(effect));
    else if (isDeletion(effect)) deleted.add(nameOf(effect));
  }
  for (const name of added) if (deleted.has(name)) return undefined;
  const phases: [Effect[], Effect[], Effect[]] = [[], [], []];
  for (const effect of effects) {
    const name = nameOf(effect);
    // A base chain counts from the moment it is there.
    const counts = effect.tag === "put-chain" && effect.chain.base !== undefined;
    phases[deleted.has(name) ? 2 : added.has(name) && !counts ? 0 : 1].push(effect);
  }
  return phases.filter((phase) => phase.length > 0);
}

function isAddition(effect: Effect): boolean {
  if (effect.tag === "put-chain") return effect.before === undefined;
  return effect.tag === "add-set" || effect.tag === "add-counter";
}

function isDeletion({ tag }: Effect): boolean {
  return tag === "delete-set" || tag === "delete-chain" || tag === "delete-counter";
}

/** Sets, chains and counters have names of their own kind. */
function nameOf(effect: Effect): string {
  if ("set" in effect) return `set ${effect.set.name}`;
  if ("chain" in effect) return `chain ${effect.chain.name}`;
  return `counter ${effect.name}`;
}
