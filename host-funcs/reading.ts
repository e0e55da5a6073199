// What is there now, for comparing changes with it: each part is read once. It grows old; make another after a change.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "./context.ts";

/** What was read, part by part. */
export class Parts {
  readonly #parts = new Map<string, unknown>();

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

export class Reading {
  readonly #own = new Parts();

  /**
   * @param host where many attachments are looked at one after another: what all of these looks read of the host, each
   * list whole and once. What is found missing in it may have come since. Without it, only what one look needs is read.
   */
  constructor(readonly context: HostContext, readonly host?: Parts) {}

  /** See `Parts.once`. */
  once<T>(part: string, read: () => T): T {
    return this.#own.once(part, read);
  }

  /** The same for a part that is as large for one attachment as for all: on the host it is read once for all looks. */
  shared<T>(ns: Ns, part: string, read: () => T): T {
    const parts = ns === "host" ? this.host ?? this.#own : this.#own;
    return parts.once(`${part} ${ns}`, read);
  }
}

/** For the clauses that name differences: `eth0 (container)`. */
export function at(ns: Ns, link: string): string {
  return `${link} (${ns})`;
}
