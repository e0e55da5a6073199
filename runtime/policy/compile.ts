// One run of the compiler: what it is told, what it says of each policy, and what it makes of a table.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, Rejection } from "cnidaria:cni/policy@0.3.0";
import type { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import type { Compiler } from "./enforcer.ts";
import { keyOf } from "./world.ts";

export interface Compiled {
  readonly changes: readonly Change[];
  /** In each of them a policy is told of once at the most: a rejection says by name which it is about. */
  readonly told: readonly { readonly batch: readonly Event[]; readonly rejections: readonly Rejection[] }[];
  /** Makes the table what it was before. */
  takeBack(): void;
}

/**
 * Has a compiler told of events, and changes a table by what it plans.
 *
 * @throws {Error} a sentence, where the compiler ends, or its plan is refused; then the table is as it was, and the compiler
 * of no use any more
 */
export function compile(compiler: Compiler, events: readonly Event[], table: Ruleset): Compiled {
  const told = batchesOf(events).map((batch) => ({ batch, rejections: compiler.observe(batch) }));
  const changes = compiler.plan();
  const { takeBack } = table.change(changes);
  return { changes, told, takeBack };
}

/** Which policy an event is about; undefined for one that is about none. */
export function policyKey(event: Event): string | undefined {
  return event.tag === "policy" || event.tag === "policy-gone" ? keyOf(event) : undefined;
}

function batchesOf(events: readonly Event[]): Event[][] {
  let batch: Event[] = [];
  let keys = new Set<string>();
  const batches = [batch];
  for (const event of events) {
    const key = policyKey(event);
    if (key !== undefined && keys.has(key)) {
      [batch, keys] = [[], new Set()];
      batches.push(batch);
    }
    if (key !== undefined) keys.add(key);
    batch.push(event);
  }
  return batches;
}
