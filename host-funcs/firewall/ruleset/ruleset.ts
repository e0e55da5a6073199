// A table of nftables as a value: what a component has asked for so far. Whatever it asks for is read, checked and
// formatted here, against what is in the table at that moment.

import type { Base, Chain, Change, NamedSet, SetElements, SetKeys, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { canonicalRule, canonicalVerdict } from "./canonical_rule.ts";
import { type ElementStep, OwnSet } from "./own_set.ts";
import { checkName, quote, refuse } from "./refusal.ts";
import { References } from "./references.ts";
import { isSameChain, targetOf, usesOf } from "./uses.ts";

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

/** What a change does to a table, checked and in canonical form. What changes nothing is not there. */
export type Effect =
  | { readonly tag: "add-set" | "delete-set"; readonly set: NamedSet }
  | { readonly tag: "elements"; readonly set: NamedSet; readonly steps: readonly ElementStep[] }
  | { readonly tag: "add-counter" | "delete-counter"; readonly name: string }
  /** `before`: the chain whose rules give way. */
  | { readonly tag: "put-chain"; readonly chain: Chain; readonly before: Chain | undefined }
  | { readonly tag: "delete-chain"; readonly chain: Chain };

export interface Applied {
  readonly effects: readonly Effect[];
  /** Makes the ruleset what it was before. Only until the next change. */
  takeBack(): void;
}

/** What a table holds at most. */
export const limits = { objects: 100_000, elements: 5_000_000, rulesInChain: 10_000, rules: 1_000_000 };

export class Ruleset implements TableContent {
  readonly sets = new Map<string, OwnSet>();
  readonly chains = new Map<string, Chain>();
  readonly counters = new Set<string>();
  readonly #references = new References();
  #elementCount = 0;
  #ruleCount = 0;
  #effects: Effect[] = [];
  #undo: (() => void)[] = [];
  /** Chains whose place among the others is new. */
  #moved = new Set<string>();

  /**
   * Makes all changes, or none. That chains do not lead in a circle is looked at once they are all made.
   *
   * @throws {HostCallError} `invalid`
   */
  change(changes: readonly Change[]): Applied {
    [this.#effects, this.#undo, this.#moved] = [[], [], new Set()];
    const undo = this.#undo;
    const takeBack = () => {
      for (const step of undo.splice(0).reverse()) step();
    };
    try {
      for (const change of changes) this.#one(change);
      this.#references.checkJumps(this.#moved);
    } catch (error) {
      takeBack();
      throw error;
    }
    return { effects: this.#effects, takeBack };
  }

  #one(change: Change): void {
    switch (change.tag) {
      case "add-set":
        return this.#addSet(change.val);
      case "delete-set":
        return this.#deleteSet(change.val);
      case "put-elements":
        return this.#putElements(change.val);
      case "delete-elements":
        return this.#deleteElements(change.val);
      case "add-counter":
        return this.#addCounter(change.val);
      case "delete-counter":
        return this.#deleteCounter(change.val);
      case "put-chain":
        return this.#putChain(change.val);
      case "delete-chain":
        return this.#deleteChain(change.val);
    }
  }

  #addSet(wanted: NamedSet): void {
    const set = new OwnSet(wanted);
    if (this.sets.has(set.name)) refuse(`add set ${set.name}`, "there is one of that name");
    this.#checkRoom(`add set ${set.name}`);
    this.sets.set(set.name, set);
    this.#did({ tag: "add-set", set }, () => this.sets.delete(set.name));
  }

  #deleteSet(name: string): void {
    const set = this.#set(name, "delete");
    this.#checkUnused(`set ${name}`);
    const steps = [...set.elements.values()].filter((verdict) => targetOf(verdict) !== undefined);
    for (const verdict of steps) this.#refer(`set ${name}`, verdict, -1);
    this.#elementCount -= set.elements.size;
    this.sets.delete(name);
    this.#did({ tag: "delete-set", set }, () => {
      this.sets.set(name, set);
      this.#elementCount += set.elements.size;
      for (const verdict of steps) this.#refer(`set ${name}`, verdict, 1);
    });
  }

  #putElements({ set: name, elements }: SetElements): void {
    const set = this.#set(name, "add elements to");
    const doing = `add elements to verdict map ${name}`;
    this.#stepped(set, set.put(elements, (verdict) => canonicalVerdict(verdict, this, doing)));
    if (this.#elementCount > limits.elements) {
      refuse(`add elements to set ${name}`, `the table would have more than ${limits.elements} elements`);
    }
  }

  #deleteElements({ set: name, keys }: SetKeys): void {
    const set = this.#set(name, "delete elements from");
    this.#stepped(set, set.delete(keys));
  }

  #stepped(set: OwnSet, steps: readonly ElementStep[]): void {
    if (steps.length === 0) return;
    const user = `set ${set.name}`;
    const count = (sign: 1 | -1) => {
      for (const { add, verdict } of steps) {
        this.#elementCount += add ? sign : -sign;
        if (verdict !== undefined) this.#refer(user, verdict, add ? sign : -sign);
      }
    };
    count(1);
    this.#did({ tag: "elements", set, steps }, () => {
      count(-1);
      set.takeBack(steps);
    });
  }

  #addCounter(name: string): void {
    checkName("counter", name);
    if (this.counters.has(name)) refuse(`add counter ${name}`, "there is one of that name");
    this.#checkRoom(`add counter ${name}`);
    this.counters.add(name);
    this.#did({ tag: "add-counter", name }, () => this.counters.delete(name));
  }

  #deleteCounter(name: string): void {
    if (!this.counters.has(name)) refuse(`delete counter ${quote(name)}`, "there is none of that name");
    this.#checkUnused(`counter ${name}`);
    this.counters.delete(name);
    this.#did({ tag: "delete-counter", name }, () => this.counters.add(name));
  }

  #putChain({ name, base: wantedBase, rules }: Chain): void {
    checkName("chain", name);
    const doing = `put chain ${name}`;
    const before = this.chains.get(name);
    if (before === undefined) this.#checkRoom(doing);
    else if (wantedBase !== undefined && !isSameBase(wantedBase, before.base)) {
      refuse(doing, "the hook and the priority of a chain stay as they were made");
    }
    if (rules.length > limits.rulesInChain) refuse(doing, `it has more than ${limits.rulesInChain} rules`);
    const base = before === undefined ? wantedBase : before.base;
    const canonical = rules.map((rule, at) => canonicalRule(rule, this, `put rule ${at} of chain ${name}`));
    const chain: Chain = base === undefined
      ? { name, rules: canonical }
      : { name, base: { hook: base.hook, priority: base.priority }, rules: canonical };
    if (before !== undefined && isSameChain(before, chain)) return;
    this.#hold(name, chain);
    this.#did({ tag: "put-chain", chain, before }, () => this.#hold(name, before));
    this.#moved.add(`chain ${name}`);
    if (this.#ruleCount > limits.rules) refuse(doing, `the table would have more than ${limits.rules} rules`);
  }

  #deleteChain(name: string): void {
    const chain = this.chains.get(name);
    if (chain === undefined) refuse(`delete chain ${quote(name)}`, "there is none of that name");
    this.#checkUnused(`chain ${name}`);
    this.#hold(name, undefined);
    this.#moved.delete(`chain ${name}`);
    this.#did({ tag: "delete-chain", chain }, () => this.#hold(name, chain));
  }

  /** Puts a chain, or none, in the place of what is there by that name. */
  #hold(name: string, chain: Chain | undefined): void {
    const before = this.chains.get(name);
    for (const used of usesOf(before)) this.#references.remove(`chain ${name}`, used);
    this.#ruleCount += (chain?.rules.length ?? 0) - (before?.rules.length ?? 0);
    if (chain === undefined) this.chains.delete(name);
    else this.chains.set(name, chain);
    for (const used of usesOf(chain)) this.#references.add(`chain ${name}`, used);
  }

  #refer(user: string, verdict: Verdict | undefined, by: number): void {
    const target = targetOf(verdict);
    if (target === undefined) return;
    if (by > 0) this.#references.add(user, `chain ${target}`);
    else this.#references.remove(user, `chain ${target}`);
    if (by > 0) this.#moved.add(`chain ${target}`);
  }

  #set(name: string, doing: string): OwnSet {
    return this.sets.get(name) ?? refuse(`${doing} set ${quote(name)}`, "there is none of that name");
  }

  #checkUnused(what: string): void {
    const user = this.#references.userOf(what);
    if (user !== undefined) refuse(`delete ${what}`, `${user} uses it`);
  }

  #checkRoom(doing: string): void {
    if (this.sets.size + this.chains.size + this.counters.size < limits.objects) return;
    refuse(doing, `the table has ${limits.objects} sets, chains and counters: it can have no more`);
  }

  #did(effect: Effect, undo: () => void): void {
    this.#effects.push(effect);
    this.#undo.push(undo);
  }
}

function isSameBase(one: Base, other: Base | undefined): boolean {
  return one.hook === other?.hook && one.priority === other.priority;
}
