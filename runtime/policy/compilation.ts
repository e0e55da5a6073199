// The compiler, and what it was told of policies: which it could use, which it refused, and which have ended it. What was
// in force by a policy's name stays so until there is something that can be used.

import type { Event, PolicyName, Rejection } from "cnidaria:cni/policy@0.3.0";
import { HostCallError } from "../../host-funcs/error.ts";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { ComponentError } from "../engine/engine.ts";
import { compile, type Compiled, policyKey } from "./compile.ts";
import { type Culprit, culpritOf, type PolicyEvent } from "./culprit.ts";
import type { Compiler, EnforcerLog } from "./enforcer.ts";
import { keyOf } from "./world.ts";

/** Policies that are set aside at once. Where more end the compiler it is not theirs: the cluster is too large for it. */
const MOST_HARMFUL = 20;
/** Events of one policy that are kept while there is no compiler: the last is in the world, the one before may be good. */
const MOST_MISSED = 2;

export class Compilation {
  #compiler: Compiler | undefined;
  /** The last of each policy that could be used. */
  readonly #accepted = new Map<string, PolicyEvent>();
  /** What no compiler that lives was told of. */
  readonly #missed = new Map<string, PolicyEvent[]>();
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
   * Has a fresh compiler told everything. Policies that end it, or whose rules are refused, are set aside.
   *
   * @param all what there is
   * @returns the table that it makes, and the changes that made it
   * @throws {Error} a sentence, where it fails without the policies too
   */
  anew(all: readonly Event[]): Compiled & { readonly table: Ruleset } {
    this.close();
    const refused = new Map(this.#refused);
    const culprits: Culprit[] = [];
    for (;;) {
      const set = new Set<Event>(culprits.map(({ event }) => event));
      const events = this.#worthTelling(all).filter((event) => !set.has(event));
      const table = new Ruleset();
      try {
        const compiled = this.#run(this.open(), events, table);
        this.#missed.clear();
        for (const [key, { event }] of this.#harmful) if (!all.includes(event)) this.#harmful.delete(key);
        for (const culprit of culprits) this.#setAside(culprit, all);
        for (const [key, it] of this.#refused) {
          if (JSON.stringify(refused.get(key)) !== JSON.stringify(it)) this.#tellRefused(it);
        }
        return { ...compiled, table };
      } catch (error) {
        const culprit = culpritOf(this.open, events, (event) => this.#accepted.get(keyOf(event)) === event);
        if (culprit === undefined) throw error;
        if (culprits.length === MOST_HARMFUL) {
          throw new Error(`more than ${MOST_HARMFUL} policies together are too much for it: ${culprit.error.message}`);
        }
        culprits.push(culprit);
      }
    }
  }

  /**
   * Has the compiler told what has happened.
   *
   * @param table what is in force; it is changed
   * @throws {Error} a sentence; then the compiler is closed, and the table as it was
   */
  change(events: readonly Event[], table: Ruleset): Compiled {
    const compiled = this.#run(this.#compiler!, events, table);
    for (const event of events) this.#harmful.delete(policyKey(event) ?? "");
    for (const { rejections } of compiled.told) for (const it of rejections) this.#tellRefused(it);
    return compiled;
  }

  /** Takes note of what has happened, and cannot be told as there is no compiler, or it has failed. */
  miss(events: readonly Event[]): void {
    for (const event of events) {
      const key = policyKey(event);
      if (key === undefined) continue;
      if (event.tag === "policy") {
        this.#missed.set(key, [...this.#missed.get(key) ?? [], event].slice(-MOST_MISSED));
      } else for (const map of [this.#accepted, this.#missed, this.#refused, this.#harmful]) map.delete(key);
    }
  }

  close(): void {
    this.#compiler?.close();
    this.#compiler = undefined;
  }

  #worthTelling(all: readonly Event[]): Event[] {
    const now = new Set<Event>(all);
    const known = new Set<Event>([...this.#accepted.values(), ...[...this.#missed.values()].flat()]);
    const told = [...known.difference(now), ...all];
    return told.filter((event) => this.#harmful.get(policyKey(event) ?? "")?.event !== event);
  }

  #run(compiler: Compiler, events: readonly Event[], table: Ruleset): Compiled {
    try {
      const compiled = compile(compiler, events, table);
      for (const { batch, rejections } of compiled.told) this.#note(batch, rejections);
      this.#compiler = compiler;
      return compiled;
    } catch (error) {
      compiler.close();
      this.#compiler = undefined;
      throw error;
    }
  }

  #setAside({ event, error }: Culprit, all: readonly Event[]): void {
    const { name } = event.val;
    const key = keyOf(event);
    if (this.#accepted.get(key) === event) this.#accepted.delete(key);
    const words = `${verbOf(error)}: ${error.message}`;
    if (all.includes(event)) {
      this.#refused.delete(key);
      this.#harmful.set(key, { event, rejection: { name, errors: [{ path: "spec", message: words }] } });
    }
    this.#tell("error", name, `spec ${words}`);
  }

  #note(events: readonly Event[], rejections: readonly Rejection[]): void {
    const bad = new Map(rejections.map((it) => [keyOf({ tag: "policy-gone", val: it.name }), it]));
    for (const event of events) {
      const key = policyKey(event);
      if (key === undefined) continue;
      const rejection = bad.get(key);
      this.#refused.delete(key);
      if (event.tag === "policy-gone") this.#accepted.delete(key);
      else if (rejection !== undefined) this.#refused.set(key, rejection);
      else this.#accepted.set(key, event as PolicyEvent);
    }
  }

  #tellRefused({ name, errors: [first] }: Rejection): void {
    this.#tell("warn", name, `${first?.path ?? "spec"} ${first?.message ?? "is invalid"}`);
  }

  #tell(level: "warn" | "error", name: PolicyName, why: string): void {
    const stays = this.#accepted.has(keyOf({ tag: "policy-gone", val: name }))
      ? "what was in force by that name stays so"
      : "nothing is in force by that name";
    this.log.line(level, `Cannot use ${titleOf(name)} as its ${why}; ${stays}`);
  }
}

/** What a policy does, for whom it is set aside. */
function verbOf(error: Error): string {
  const isRefused = error instanceof HostCallError || error.cause instanceof ComponentError;
  return isRefused ? "makes rules that cannot be used" : "ends the component that compiles it";
}

function titleOf({ kind, namespace, name }: PolicyName): string {
  return kind === "network-policy" ? `NetworkPolicy ${namespace}/${name}` : `ClusterNetworkPolicy ${name}`;
}
