// For tests: a watch whose events are awaited one by one, or until all is as it should be.

import type { ClusterNode, Store, StoreEvent } from "./store.ts";

/** A store's watch, read by a test. */
export class Watching implements AsyncDisposable {
  readonly #ends = new AbortController();
  readonly #events: AsyncIterator<StoreEvent>;
  /** What the events so far say is there. */
  readonly nodes = new Map<string, ClusterNode>();
  readonly seen: StoreEvent[] = [];

  constructor(store: Store) {
    this.#events = store.watch(this.#ends.signal)[Symbol.asyncIterator]();
  }

  /** The next event. @throws {Error} after `ms` milliseconds */
  async next(ms = 10_000): Promise<StoreEvent> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`No event within ${ms} ms after ${JSON.stringify(this.seen)}`)), ms);
    });
    try {
      const { value, done } = await Promise.race([this.#events.next(), late]);
      if (done) throw new Error("The watch has ended");
      this.#note(value);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next event of a kind, past others. */
  async nextOf<K extends StoreEvent["kind"]>(kind: K, ms = 10_000): Promise<StoreEvent & { readonly kind: K }> {
    for (;;) {
      const event = await this.next(ms);
      if (event.kind === kind) return event as StoreEvent & { readonly kind: K };
    }
  }

  /** Reads events until `there` is true. */
  async until(there: () => boolean, ms = 10_000): Promise<void> {
    while (!there()) await this.next(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends.abort();
    await this.#events.return?.();
  }

  #note(event: StoreEvent): void {
    this.seen.push(event);
    if (event.kind === "all") {
      this.nodes.clear();
      for (const node of event.nodes) this.nodes.set(node.name, node);
    }
    if (event.kind === "set") this.nodes.set(event.node.name, event.node);
    if (event.kind === "gone" || event.kind === "ignored") this.nodes.delete(event.name);
  }
}
