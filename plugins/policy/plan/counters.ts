// Counters that rules need at the moment.

import type { Change } from "cnidaria:cni/nftables@0.3.0";

export class Counters {
  readonly #uses = new Map<string, number>();
  readonly #announced = new Set<string>();
  readonly #touched = new Set<string>();

  acquire(name: string): void {
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    this.#touched.add(name);
  }

  release(name: string): void {
    const uses = this.#uses.get(name)! - 1;
    if (uses === 0) this.#uses.delete(name);
    else this.#uses.set(name, uses);
    this.#touched.add(name);
  }

  /** Before the rules that need them. */
  takeAdded(): Change[] {
    const changes: Change[] = [];
    for (const name of this.#touched) {
      if (!this.#uses.has(name)) continue;
      this.#touched.delete(name);
      if (this.#announced.has(name)) continue;
      this.#announced.add(name);
      changes.push({ tag: "add-counter", val: name });
    }
    return changes;
  }

  /** After the last rules that needed them are gone. */
  takeDeleted(): Change[] {
    const changes: Change[] = [];
    for (const name of this.#touched) {
      this.#touched.delete(name);
      if (this.#announced.delete(name)) changes.push({ tag: "delete-counter", val: name });
    }
    return changes;
  }
}
