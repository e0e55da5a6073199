// From what was observed to what is to be changed: only that is worked on which a change may have an effect on.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Options, PolicyName } from "cnidaria:cni/policy@0.3.0";
import type { ParsedPolicy } from "../parsed_policy.ts";
import { type Address, type Identity, ownerOf } from "../world/entities.ts";
import { World } from "../world/world.ts";
import { Base } from "./base.ts";
import { buildChain, type Builder, type Chain } from "./chain.ts";
import { type Compiled, compileRules } from "./compile.ts";
import { Counters } from "./counters.ts";
import { Names } from "./names.ts";
import { compareOrder, type Direction, type Policy, titleOf } from "./policy.ts";
import { Sets } from "./sets.ts";

const DIRECTIONS = ["ingress", "egress"] as const;

export class Planner {
  readonly world = new World();
  readonly #names = new Names();
  readonly #sets = new Sets(this.world, this.#names);
  readonly #counters = new Counters();
  readonly #base = new Base();
  readonly #policies = new Map<string, Policy>();
  readonly #chains = new Map<string, Chain>();
  /** To be built anew, or to be removed. */
  readonly #touchedChains = new Set<Chain>();
  readonly #builder: Builder;

  constructor(options: Options) {
    this.#builder = {
      options,
      names: this.#names,
      compiled: (policy, direction) => this.#compiled(policy, direction),
    };
  }

  policySet(parsed: ParsedPolicy): void {
    const before = this.#policies.get(keyOf(parsed.name));
    if (before !== undefined && JSON.stringify(before.parsed) === JSON.stringify(parsed)) return;
    const subject = this.world.groups.acquire(parsed.subject);
    const rules = { ingress: undefined, egress: undefined };
    const policy: Policy = { parsed, title: titleOf(parsed), subject, chains: new Set(), rules };
    this.#policies.set(keyOf(parsed.name), policy);
    subject.subjectOf.add(policy);
    this.#touchSubjects(policy);
    if (before !== undefined) this.#end(before);
  }

  policyGone(name: PolicyName): void {
    const policy = this.#policies.get(keyOf(name));
    if (policy === undefined) return;
    this.#policies.delete(keyOf(name));
    this.#end(policy);
  }

  /** What is to be changed since the last time. */
  plan(): Change[] {
    // Sets that are yet to be made will be filled from the world as it is.
    for (const address of this.world.touchedAddresses) this.#sets.addressTouched(address);
    const touched = new Set(this.world.touchedAddresses);
    for (const identity of this.world.touchedIdentities) {
      if (!this.#assign(identity)) continue;
      for (const { addresses } of identity.pods) for (const address of addresses) touched.add(address);
    }
    this.world.touchedIdentities.clear();
    const [made, removed] = this.#buildChains();
    for (const address of touched) this.#judge(address);
    this.world.touchedAddresses.clear();
    if (this.world.nodesTouched) this.#sets.nodesTouched();
    this.world.nodesTouched = false;
    return [
      ...this.#sets.takeAdded(),
      ...this.#counters.takeAdded(),
      ...made,
      ...this.#base.takeChanges(),
      ...removed,
      ...this.#sets.takeDeleted(),
      ...this.#counters.takeDeleted(),
    ];
  }

  #end(policy: Policy): void {
    this.#touchSubjects(policy);
    policy.subject.subjectOf.delete(policy);
    this.world.groups.release(policy.subject);
  }

  #touchSubjects({ subject }: Policy): void {
    for (const identity of subject.members) if (identity.localPods > 0) this.world.touchedIdentities.add(identity);
  }

  /** Gives an identity the chains for what applies to it. @returns whether they are others than before */
  #assign(identity: Identity): boolean {
    const policies: Policy[] = [];
    if (identity.localPods > 0) {
      for (const { subjectOf } of identity.groups) for (const policy of subjectOf) policies.push(policy);
    }
    policies.sort(compareOrder);
    let differs = false;
    for (const direction of DIRECTIONS) {
      const those = policies.filter(({ parsed }) => parsed[direction] !== undefined);
      const chain = those.length === 0 ? undefined : this.#chainOf(direction, those);
      const before = identity.chains[direction];
      if (chain === before) continue;
      differs = true;
      chain?.users.add(identity);
      before?.users.delete(identity);
      if (before?.users.size === 0) this.#touchedChains.add(before);
      identity.chains[direction] = chain;
    }
    return differs;
  }

  /** The same for all that the same policies apply to, by name; a policy that was replaced is so in it. */
  #chainOf(direction: Direction, policies: readonly Policy[]): Chain {
    const text = `${direction}\n${policies.map(({ title }) => title).join("\n")}`;
    let chain = this.#chains.get(text);
    if (chain === undefined) {
      const name = this.#names.hashed(`${direction}-`, text);
      chain = { name, direction, policies: [], users: new Set(), built: undefined };
      this.#chains.set(text, chain);
    }
    if (chain.policies.length !== policies.length || chain.policies.some((policy, at) => policy !== policies[at])) {
      for (const policy of chain.policies) leave(policy, chain);
      chain.policies = policies;
      for (const policy of policies) policy.chains.add(chain);
      this.#touchedChains.add(chain);
    }
    return chain;
  }

  /** @returns what makes chains, and what removes those that nobody needs any more */
  #buildChains(): [made: Change[], removed: Change[]] {
    const made: Change[] = [];
    const removed: Change[] = [];
    for (const chain of this.#touchedChains) {
      const before = chain.built;
      if (chain.users.size === 0) {
        this.#chains.delete(`${chain.direction}\n${chain.policies.map(({ title }) => title).join("\n")}`);
        this.#names.release(chain.name);
        chain.built = undefined;
      } else {
        chain.built = buildChain(chain, this.#builder);
        for (const [name, spec] of chain.built.sets) this.#sets.acquire(name, spec);
        for (const counter of chain.built.counters) this.#counters.acquire(counter);
        for (const val of chain.built.chains) made.push({ tag: "put-chain", val });
      }
      const names = new Set(chain.built?.chains.map(({ name }) => name));
      // Who jumps goes before where it jumps to.
      for (const { name } of before?.chains.toReversed() ?? []) {
        if (!names.has(name)) removed.push({ tag: "delete-chain", val: name });
      }
      for (const name of before?.sets.keys() ?? []) this.#sets.release(name);
      for (const counter of before?.counters ?? []) this.#counters.release(counter);
      if (chain.users.size === 0) { for (const policy of chain.policies) leave(policy, chain); }
    }
    this.#touchedChains.clear();
    return [made, removed];
  }

  #judge(address: Address): void {
    const owner = ownerOf(address);
    const { egress, ingress } = owner?.isLocal === true ? owner.identity.chains : NOTHING;
    this.#base.judge(address, egress?.name, ingress?.name);
    if (address.pods.length === 0) this.world.addresses.delete(address.text);
  }

  #compiled(policy: Policy, direction: Direction): Compiled {
    const { parsed, title, rules } = policy;
    return rules[direction] ??= compileRules(parsed[direction]!, title, direction, (spec) => this.#sets.nameOf(spec));
  }
}

const NOTHING = { egress: undefined, ingress: undefined };

/** Names of sets are only kept for as long as a chain has them. */
function leave(policy: Policy, chain: Chain): void {
  policy.chains.delete(chain);
  for (const { direction } of policy.chains) if (direction === chain.direction) return;
  policy.rules[chain.direction] = undefined;
}

function keyOf({ kind, namespace, name }: PolicyName): string {
  return `${kind} ${namespace}/${name}`;
}
