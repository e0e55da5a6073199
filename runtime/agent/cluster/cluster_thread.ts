// The agent's thread for the overlay, seen from the agent. It is asynchronous, as it waits for a store over the network.

import type { ClusterStatus } from "../../cluster/status.ts";
import type { ClusterStart, FromCluster, ToCluster } from "./messages.ts";

/** Milliseconds after which a thread that died is replaced; twice as many each time, for one that never lives long. */
const REPLACE_MS = 1_000;
const REPLACE_MOST_MS = 60_000;
/** Milliseconds that it has to say how it is. */
const STATUS_MS = 2_000;

export interface ClusterListener {
  line(message: Extract<FromCluster, { kind: "line" }>): void;
  /** The thread has ended by an error of its own, and is replaced. */
  died(message: string): void;
}

export class ClusterThread {
  #worker: Worker | undefined;
  #spawned = 0;
  #replaceMs = REPLACE_MS;
  #replacing: ReturnType<typeof setTimeout> | undefined;
  readonly #asked = new Map<number, (status: ClusterStatus | undefined) => void>();
  #lastId = 0;
  #ended: (() => void) | undefined;

  /** @param module of `thread.ts` */
  constructor(
    private readonly module: URL,
    private readonly first: ClusterStart,
    private readonly listener: ClusterListener,
  ) {
    this.#spawn();
  }

  /** How the overlay is; undefined where the thread does not answer. */
  status(): Promise<ClusterStatus | undefined> {
    if (this.#worker === undefined) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, undefined), STATUS_MS);
      this.#asked.set(id, (status) => {
        clearTimeout(timer);
        resolve(status);
      });
      this.#post({ kind: "status", id });
    });
  }

  /** @returns when it has ended, or that time is over: whether it has */
  async end(ms: number): Promise<boolean> {
    clearTimeout(this.#replacing);
    if (this.#worker === undefined) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
    const ended = new Promise<true>((resolve) => this.#ended = () => resolve(true));
    this.#post({ kind: "end" });
    try {
      return await Promise.race([ended, late]);
    } finally {
      clearTimeout(timer);
      this.#worker?.terminate();
    }
  }

  #spawn(): void {
    const worker = new Worker(this.module, { type: "module", name: "cluster" });
    this.#worker = worker;
    this.#spawned = performance.now();
    worker.onmessage = ({ data }: MessageEvent<FromCluster>) => this.#message(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      for (const id of [...this.#asked.keys()]) this.#answer(id, undefined);
      if (this.#ended !== undefined) return this.#ended();
      this.listener.died(event.message);
      if (performance.now() - this.#spawned > REPLACE_MOST_MS) this.#replaceMs = REPLACE_MS;
      this.#replacing = setTimeout(() => this.#spawn(), this.#replaceMs);
      this.#replaceMs = Math.min(2 * this.#replaceMs, REPLACE_MOST_MS);
    };
    worker.postMessage({ start: this.first });
  }

  #message(message: FromCluster): void {
    switch (message.kind) {
      case "line":
        return this.listener.line(message);
      case "status":
        return this.#answer(message.id, message.status);
      case "ended":
        this.#worker = undefined;
        this.#ended?.();
    }
  }

  /** An answer that comes too late is nobody's. */
  #answer(id: number, status: ClusterStatus | undefined): void {
    const answer = this.#asked.get(id);
    this.#asked.delete(id);
    answer?.(status);
  }

  #post(message: ToCluster): void {
    this.#worker?.postMessage(message);
  }
}
