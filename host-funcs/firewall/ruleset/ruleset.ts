// A table of nftables as a value: what a component has asked for so far.

import type { Chain, Change, NamedSet, Verdict } from "cnidaria:cni/nftables@0.1.0";
import { HostCallError } from "../../error.ts";

export interface HeldSet extends NamedSet {
  /** By key, as the host formats it; the verdict in verdict maps alone. */
  readonly elements: ReadonlyMap<string, Verdict | undefined>;
}

/** What is in a table, by name. */
export interface TableContent {
  readonly sets: ReadonlyMap<string, HeldSet>;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly counters: ReadonlySet<string>;
}

type OwnSet = HeldSet & { readonly elements: Map<string, Verdict | undefined> };

export class Ruleset implements TableContent {
  readonly sets = new Map<string, OwnSet>();
  readonly chains = new Map<string, Chain>();
  readonly counters = new Set<string>();

  /** @throws {HostCallError} `invalid`; then the ruleset is of no use any more */
  change(changes: readonly Change[]): void {
    for (const change of changes) this.#one(change);
  }

  #one(change: Change): void {
    switch (change.tag) {
      case "add-set":
        return void this.sets.set(change.val.name, { ...change.val, elements: new Map() });
      case "delete-set":
        return void this.sets.delete(change.val);
      case "put-elements": {
        const { elements } = this.#set(change.val.set);
        for (const { key, verdict } of change.val.elements) elements.set(key, verdict);
        return;
      }
      case "delete-elements": {
        const { elements } = this.#set(change.val.set);
        for (const key of change.val.keys) elements.delete(key);
        return;
      }
      case "add-counter":
        return void this.counters.add(change.val);
      case "delete-counter":
        return void this.counters.delete(change.val);
      case "put-chain":
        return void this.chains.set(change.val.name, change.val);
      case "delete-chain":
        return void this.chains.delete(change.val);
    }
  }

  #set(name: string): OwnSet {
    const set = this.sets.get(name);
    if (set === undefined) {
      throw new HostCallError("invalid", `Cannot change set ${name} as there is none of that name`);
    }
    return set;
  }
}
