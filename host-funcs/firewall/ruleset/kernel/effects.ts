// What a change does to a table, as messages of nf_tables.

import type { Effect } from "../ruleset.ts";
import type { Batch } from "./batch.ts";
import { pushElements } from "./element_messages.ts";
import {
  type Count,
  deleteChain,
  deleteCounter,
  deleteSet,
  flushChain,
  newChain,
  newCounter,
  newSet,
  type Table,
} from "./messages.ts";
import { pushRule } from "./rule_messages.ts";

/** @param counts what new counters begin with */
export function pushEffect(batch: Batch, table: Table, effect: Effect, counts?: ReadonlyMap<string, Count>): void {
  switch (effect.tag) {
    case "add-set":
      return batch.push(`add set ${effect.set.name}`, newSet(table, effect.set, batch.newSetId()));
    case "delete-set":
      return batch.push(`delete set ${effect.set.name}`, deleteSet(table, effect.set.name));
    case "elements":
      return pushElements(batch, table, effect.set, effect.steps);
    case "add-counter":
      return batch.push(`add counter ${effect.name}`, newCounter(table, effect.name, counts?.get(effect.name)));
    case "delete-counter":
      return batch.push(`delete counter ${effect.name}`, deleteCounter(table, effect.name));
    case "put-chain": {
      const { chain: { name, rules }, chain, before } = effect;
      if (before === undefined) batch.push(`add chain ${name}`, newChain(table, chain));
      else if (before.rules.length > 0) batch.push(`empty chain ${name}`, flushChain(table, name));
      for (const [at, rule] of rules.entries()) pushRule(batch, table, name, rule, at);
      return;
    }
    case "delete-chain":
      return batch.push(`delete chain ${effect.chain.name}`, deleteChain(table, effect.chain.name));
  }
}
