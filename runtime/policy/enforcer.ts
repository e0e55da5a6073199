// What a node does for its policies: takes in what there is, has the changes compiled, applies each plan as a whole, and
// then lets go of new pods that this plan knows. Whatever fails, what is in force stays in force: a compiler that failed is
// replaced by one that is told everything, and its plan replaces the whole table at once. So does the first plan, which
// therefore waits until all kinds are known: until then the table of an earlier run stays.

import type { Change } from "cnidaria:cni/nftables@0.3.0";
import type { Event, Rejection } from "cnidaria:cni/policy@0.3.0";
import type { Ruleset, TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { Compilation } from "./compilation.ts";
import { eventOf, goneEvent, type Kind, KINDS, podEvent, type PodObject, readPod } from "./objects.ts";
import type { PolicyStatus } from "./policy_status.ts";
import type { Observed } from "./source/source.ts";
import { World } from "./world.ts";

/** What compiles, from its first event on. */
export interface Compiler {
  observe(events: readonly Event[]): Rejection[];
  /** All parts. */
  plan(): Change[];
  close(): void;
}

/** The table in the kernel. All of these happen as a whole, or throw and change nothing. */
export interface KernelTable {
  /** Makes changes to what was applied before. @param wanted what is there after them */
  apply(changes: readonly Change[], wanted: TableContent): void;
  /** Makes the table that, whatever is there. */
  replace(wanted: TableContent): void;
  /** Whether the kernel has that, as far as it can be told. */
  has(wanted: TableContent): boolean;
}

/** An address that an ADD on this node has given. */
export interface AttachedAddress {
  readonly address: string;
  /** `namespace/name`; empty where the runtime has not said. */
  readonly pod: string;
  /** Until a plan that knows it is in force. */
  readonly isolated: boolean;
}

/** Pods of this node, as its ADDs know them: earlier than the API does. */
export interface Attachments<W extends AttachedAddress = AttachedAddress> {
  list(): readonly W[];
  /** Ends the isolation of these. */
  takeOver(addresses: readonly W[]): void;
  /** Isolates those again that someone has freed in the kernel alone. @returns their addresses */
  isolateAgain(): readonly string[];
}

export interface EnforcerLog {
  line(level: "info" | "warn" | "error", message: string, fields?: Record<string, string | number>): void;
}

export interface EnforcerParts {
  /** @throws {Error} a sentence, where it cannot run */
  openCompiler(): Compiler;
  readonly kernel: KernelTable;
  readonly attachments: Attachments;
}

export class Enforcer {
  readonly world = new World();
  readonly #pods = new Map<string, PodObject>();
  /** Keys of objects by kind. */
  readonly #keys = new Map<Kind, Set<string>>();
  readonly #early = new Map<string, readonly string[]>();
  #events: Event[] = [];
  readonly #compilation: Compilation;
  #wanted: Ruleset | undefined;
  #waiting: readonly AttachedAddress[] = [];
  readonly #troubles = new Map<string, string>();
  #last: PolicyStatus["lastPlan"];
  #repairs = 0;
  #failures = 0;
  #failed: string | undefined;

  /** @param node this one's name */
  constructor(
    private readonly parts: EnforcerParts,
    private readonly node: string,
    private readonly log: EnforcerLog,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#compilation = new Compilation(() => parts.openCompiler(), log);
  }

  /** Whether each kind was listed once. */
  get synced(): boolean {
    return this.#keys.size === KINDS.length;
  }

  /** What is to be in force; undefined before the first plan is. */
  get wanted(): TableContent | undefined {
    return this.#wanted;
  }

  take(observed: Observed): void {
    switch (observed.tell) {
      case "trouble":
        this.#troubles.set(observed.about, observed.why);
        return this.log.line("warn", observed.why);
      case "well":
        if (this.#troubles.delete(observed.about)) this.log.line("info", `${observed.about} can be read again`);
        return;
      case "all":
        return this.#takeAll(observed.kind, observed.objects);
      case "set":
        return void this.#takeObject(observed.kind, observed.object);
      case "gone":
        return this.#takeGone(observed.kind, observed.object);
    }
  }

  /**
   * Brings in force what was taken in, if anything. To be called after each batch, and when the list of waiting addresses
   * may have changed.
   *
   * @returns whether all is well: else it is to be called again after a while
   */
  apply(): boolean {
    if (!this.synced) return true;
    try {
      const attached = this.parts.attachments.list();
      this.#join(attached);
      const waiting = attached.filter(({ isolated }) => isolated);
      const ready = waiting.filter((it) => this.#isKnown(it));
      const began = this.now();
      const changes = this.#bringInForce();
      if (changes !== undefined) this.#last = { at: Date.now(), changes, ms: this.now() - began };
      if (ready.length > 0) this.parts.attachments.takeOver(ready);
      this.#waiting = waiting.filter((it) => !ready.includes(it));
      this.#failed = undefined;
      return true;
    } catch (error) {
      this.#failures++;
      const why = `Cannot bring network policies in force as ${words(error)}; what was in force before stays so`;
      if (why !== this.#failed) this.log.line("error", why);
      this.#failed = why;
      this.#giveUp();
      return false;
    }
  }

  /** Makes the kernel have again what is to be in force. @returns whether all is well */
  repair(cause: string): boolean {
    try {
      const freed = this.parts.attachments.isolateAgain();
      if (freed.length > 0) {
        this.#repairs++;
        this.log.line("warn", `new pods' addresses were not isolated any more, and are again: ${freed.join(", ")}`, {
          found: cause,
        });
      }
      if (this.#wanted === undefined) return this.apply();
      const isThere = this.parts.kernel.has(this.#wanted);
      if (!isThere) {
        this.parts.kernel.replace(this.#wanted);
        this.#repairs++;
        this.log.line("warn", "rules of network policies were not as they were applied, and are again", {
          found: cause,
        });
      }
      // Without a compiler what has failed is the last plan, and `apply` is to be called.
      if (this.#compilation.isRunning) this.#failed = undefined;
      return this.#compilation.isRunning;
    } catch (error) {
      this.#failures++;
      const why = `Cannot repair the rules of network policies as ${words(error)}`;
      if (why !== this.#failed) this.log.line("error", why);
      this.#failed = why;
      return false;
    }
  }

  status(): PolicyStatus {
    return {
      node: this.node,
      synced: this.synced,
      inForce: this.#wanted !== undefined,
      waitsFor: KINDS.filter((kind) => !this.#keys.has(kind)),
      troubles: [...this.#troubles.values()],
      ...this.#failed !== undefined && { failed: this.#failed },
      objects: Object.fromEntries(KINDS.map((kind) => [kind, this.#keys.get(kind)?.size ?? 0])) as Record<Kind, number>,
      localPods: this.world.all().filter((it) => it.tag === "pod" && it.val.local).length,
      rejected: this.#compilation.rejected,
      waiting: this.#waiting.map(({ address, pod }) => ({ address, pod })),
      ...this.#last !== undefined && { lastPlan: this.#last },
      elements: [...this.#wanted?.sets.values() ?? []].reduce((sum, { elements }) => sum + elements.size, 0),
      repairs: this.#repairs,
      failures: this.#failures,
    };
  }

  /** What is in force stays. */
  close(): void {
    this.#compilation.close();
  }

  /** @returns how many changes there were; undefined for none */
  #bringInForce(): number | undefined {
    if (!this.#compilation.isRunning || this.#wanted === undefined) return this.#anew();
    if (this.#events.length === 0) return undefined;
    const { changes, takeBack } = this.#compilation.change(this.#events, this.#wanted);
    try {
      if (changes.length > 0) this.parts.kernel.apply(changes, this.#wanted);
    } catch (error) {
      takeBack();
      throw error;
    }
    this.#events = [];
    return changes.length;
  }

  /** What a fresh compiler plans replaces the table. */
  #anew(): number {
    this.#compilation.miss(this.#events);
    this.#events = [];
    const { changes, table } = this.#compilation.anew(this.world.all());
    this.parts.kernel.replace(table);
    this.#wanted = table;
    return changes.length;
  }

  /** The compiler is ahead of what is in force, or has ended. */
  #giveUp(): void {
    this.#compilation.close();
    this.#compilation.miss(this.#events);
    this.#events = [];
  }

  #takeAll(kind: Kind, objects: readonly unknown[]): void {
    const before = this.#keys.get(kind) ?? new Set();
    this.#keys.set(kind, new Set());
    const gone = new Map([...before].map((key) => [key, true]));
    for (const object of objects) {
      const key = this.#takeObject(kind, object);
      if (key !== undefined) gone.delete(key);
    }
    for (const key of gone.keys()) {
      const [namespace, name] = key.includes("/") ? key.split("/") as [string, string] : ["", key];
      this.#takeGone(kind, { metadata: { namespace, name } });
    }
  }

  /** @returns its key; undefined for what is no object */
  #takeObject(kind: Kind, object: unknown): string | undefined {
    let name: { namespace: string; name: string } | undefined;
    if (kind === "Pod") {
      const pod = readPod(object);
      if (pod === undefined) return undefined;
      name = pod.name;
      this.#pods.set(objectKey(name), pod);
      this.#observe(podEvent(pod, this.node, this.#early.get(objectKey(name))));
    } else {
      const event = eventOf(kind, object);
      if (event === undefined) return undefined;
      if (event.tag === "policy") name = event.val.name;
      else if (event.tag === "namespace" || event.tag === "node") name = { namespace: "", name: event.val.name };
      this.#observe(event);
    }
    const key = objectKey(name!);
    // What comes before its list was complete is not all there is.
    this.#keys.get(kind)?.add(key);
    return key;
  }

  #takeGone(kind: Kind, object: unknown): void {
    const event = goneEvent(kind, object);
    if (event === undefined) return;
    const { namespace = "", name } = (object as { metadata: { namespace?: string; name: string } }).metadata;
    const key = objectKey({ namespace, name });
    this.#keys.get(kind)?.delete(key);
    if (kind === "Pod") this.#pods.delete(key);
    this.#observe(event);
  }

  /** Addresses of new pods are known here before the API tells them. */
  #join(attached: readonly AttachedAddress[]): void {
    const early = Map.groupBy(attached.filter(({ pod }) => pod !== ""), ({ pod }) => pod);
    for (const pod of new Set([...this.#early.keys(), ...early.keys()])) {
      const addresses = early.get(pod)?.map(({ address }) => address) ?? [];
      if (addresses.length === 0) this.#early.delete(pod);
      else this.#early.set(pod, addresses);
      const object = this.#pods.get(pod);
      if (object !== undefined) this.#observe(podEvent(object, this.node, addresses));
    }
  }

  #isKnown({ pod, address }: AttachedAddress): boolean {
    const object = this.#pods.get(pod);
    return object !== undefined && object.node === this.node && object.counts &&
      this.#early.get(pod)?.includes(address) === true;
  }

  #observe(event: Event): void {
    if (this.world.take(event)) this.#events.push(event);
  }
}

function objectKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
}
