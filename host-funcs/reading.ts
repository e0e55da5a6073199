// What is there now, for comparing changes with it: each part is read once. It grows old; make another after a change.

import type { Ns } from "cnidaria:cni/types@0.1.0";
import type { HostContext } from "./context.ts";

export class Reading {
  readonly #parts = new Map<string, unknown>();

  constructor(readonly context: HostContext) {}

  /**
   * Reads a part at the first use.
   *
   * @param part names it: `routes container 254`
   */
  once<T>(part: string, read: () => T): T {
    if (!this.#parts.has(part)) this.#parts.set(part, read());
    return this.#parts.get(part) as T;
  }
}

/** For the clauses that name differences: `eth0 (container)`. */
export function at(ns: Ns, link: string): string {
  return `${link} (${ns})`;
}
