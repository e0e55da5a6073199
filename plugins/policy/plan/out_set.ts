// A set of the plan: what it was told to hold, and what the plans so far have made it hold.

import type { Change, Element, NamedSet } from "cnidaria:cni/nftables@0.3.0";

/** What stands for "no verdict". */
const PLAIN = "";

export class OutSet {
  readonly #emitted = new Map<string, string>();
  readonly #pending = new Map<string, string | undefined>();

  /** @param touched told when there are changes to take */
  constructor(readonly declaration: NamedSet, private readonly touched: () => void = () => {}) {}

  get name(): string {
    return this.declaration.name;
  }

  /** @param chain of verdict maps: where packets go on */
  put(key: string, chain = PLAIN): void {
    if (this.#pending.size === 0) this.touched();
    this.#pending.set(key, chain);
  }

  remove(key: string): void {
    // Most pods are on other nodes, and in no map.
    if (!this.#emitted.has(key)) return void this.#pending.delete(key);
    if (this.#pending.size === 0) this.touched();
    this.#pending.set(key, undefined);
  }

  /** What is to be changed since the last time. */
  takeChanges(): Change[] {
    const put: Element[] = [];
    const gone: string[] = [];
    for (const [key, chain] of this.#pending) {
      const before = this.#emitted.get(key);
      if (before === chain) continue;
      if (chain === undefined) {
        this.#emitted.delete(key);
        gone.push(key);
      } else {
        this.#emitted.set(key, chain);
        put.push(chain === PLAIN ? { key } : { key, verdict: { tag: "jump", val: chain } });
      }
    }
    this.#pending.clear();
    const changes: Change[] = [];
    if (gone.length > 0) changes.push({ tag: "delete-elements", val: { set: this.name, keys: gone } });
    if (put.length > 0) changes.push({ tag: "put-elements", val: { set: this.name, elements: put } });
    return changes;
  }
}
