// The compiler, and what it was told of policies: which it could use, which it refused, and which have ended it. What was
// in force by a policy's name stays so until there is something that can be used.

import type { Change } from "cnidaria:cni/nftables@0.1.0";
import type { Event, PolicyName, Rejection } from "cnidaria:cni/policy@0.1.0";
import type { Compiler, EnforcerLog } from "./enforcer.ts";
import { keyOf } from "./world.ts";

type PolicyEvent = Extract<Event, { tag: "policy" }>;

export class Compilation {
  #compiler: Compiler | undefined;
  /** The last of each policy that could be used. */
  readonly #accepted = new Map<string, PolicyEvent>();
  readonly #refused = new Map<string, Rejection>();
  /** Those that end a compiler, until they change. */
  readonly #harmful = new Map<string, { readonly event: Event; readonly rejection: Rejection }>();

  constructor(private readonly open: () => Compiler, private readonly log: EnforcerLog) {}

  /** Whether there is a compiler that knows everything: else it takes `anew`. */
  get isRunning(): boolean {
    return this.#compiler !== undefined;
  }

  get rejected(): Rejection[] {
    return [...this.#refused.values(), ...[...this.#harmful.values()].map(({ rejection }) => rejection)];
  }

  /**
   * Has a fresh compiler told everything. A policy that ends it is set aside.
   *
   * @returns what makes the table, out of nothing
   * @throws {Error} a sentence, where it fails without the policies too
   */
  anew(all: readonly Event[]): Change[] {
    this.close();
    this.#refused.clear();
    for (;;) {
      const events = this.#worthTelling(all);
      try {
        return this.#run(this.open(), events);
      } catch (error) {
        const culprit = this.#culpritOf(events);
        if (culprit === undefined) throw error;
        this.#setAside(culprit, error as Error);
      }
    }
  }

  /** @returns what changes by that. @throws {Error} a sentence; then the compiler is closed */
  change(events: readonly Event[]): Change[] {
    for (const event of events) this.#harmful.delete(policyKey(event) ?? "");
    return this.#run(this.#compiler!, events);
  }

  close(): void {
    this.#compiler?.close();
    this.#compiler = undefined;
  }

  #worthTelling(all: readonly Event[]): Event[] {
    const now = new Set<Event>(all);
    const before = [...this.#accepted.values()].filter((it) => !now.has(it));
    return [...before, ...all.filter((event) => this.#harmful.get(policyKey(event) ?? "")?.event !== event)];
  }

  #run(compiler: Compiler, events: readonly Event[]): Change[] {
    try {
      const told = batchesOf(events).map((batch) => ({ batch, rejections: compiler.observe(batch) }));
      const changes = compiler.plan();
      for (const { batch, rejections } of told) this.#note(batch, rejections);
      this.#compiler = compiler;
      return changes;
    } catch (error) {
      compiler.close();
      this.#compiler = undefined;
      throw error;
    }
  }

  /** A policy that ends a compiler which is told of no other. There may be none: it is all of them together, or no policy. */
  #culpritOf(events: readonly Event[]): PolicyEvent | undefined {
    const policies = events.filter((event) => event.tag === "policy");
    const others = events.filter(({ tag }) => tag !== "policy" && tag !== "policy-gone");
    if (this.#ends(others)) return undefined;
    let [fine, ending] = [0, policies.length];
    while (ending - fine > 1) {
      const middle = (fine + ending) >> 1;
      if (this.#ends([...others, ...policies.slice(0, middle)])) ending = middle;
      else fine = middle;
    }
    const suspect = policies[ending - 1];
    return suspect !== undefined && this.#ends([...others, suspect]) ? suspect : undefined;
  }

  #ends(events: readonly Event[]): boolean {
    let compiler: Compiler | undefined;
    try {
      compiler = this.open();
      compiler.observe(events);
      compiler.plan();
      return false;
    } catch {
      return true;
    } finally {
      compiler?.close();
    }
  }

  #setAside(event: PolicyEvent, { message }: Error): void {
    const { name } = event.val;
    const key = keyOf(event);
    if (this.#accepted.get(key) === event) this.#accepted.delete(key);
    const words = `ends the component that compiles it: ${message}`;
    this.#harmful.set(key, { event, rejection: { name, errors: [{ path: "spec", message: words }] } });
    this.log.line("error", `Cannot use ${titleOf(name)} as its spec ${words}; what was in force by that name stays so`);
  }

  #note(events: readonly Event[], rejections: readonly Rejection[]): void {
    const bad = new Set(rejections.map(({ name }) => keyOf({ tag: "policy-gone", val: name })));
    for (const event of events) {
      const key = policyKey(event);
      if (key === undefined) continue;
      this.#refused.delete(key);
      if (event.tag === "policy-gone") this.#accepted.delete(key);
      else if (event.tag === "policy" && !bad.has(key)) this.#accepted.set(key, event);
    }
    for (const rejection of rejections) {
      this.#refused.set(keyOf({ tag: "policy-gone", val: rejection.name }), rejection);
      const [first] = rejection.errors;
      const why = `${first?.path ?? "spec"} ${first?.message ?? "is invalid"}`;
      const stays = "what was in force by that name stays so";
      this.log.line("warn", `Cannot use ${titleOf(rejection.name)} as its ${why}; ${stays}`);
    }
  }
}

/** In each of them a policy is told of once at the most: a rejection says by name which it is about. */
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

function policyKey(event: Event): string | undefined {
  return event.tag === "policy" || event.tag === "policy-gone" ? keyOf(event) : undefined;
}

function titleOf({ kind, namespace, name }: PolicyName): string {
  return kind === "network-policy" ? `NetworkPolicy ${namespace}/${name}` : `ClusterNetworkPolicy ${name}`;
}
