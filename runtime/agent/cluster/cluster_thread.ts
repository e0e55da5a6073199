// The agent's thread for the overlay, seen from the agent. It is asynchronous, as it waits for a store over the network.

import type { ClusterStatus } from "../../cluster/status.ts";
import type { ClusterStart, FromCluster, ToCluster } from "./messages.ts";

/** Milliseconds after which a thread that died is replaced. */
const REPLACE_MS = 1_000;
/** Milliseconds that it has to say how it is. */
const STATUS_MS = 2_000;

export interface ClusterListener {
  line(message: Extract<FromCluster, { kind: "line" }>): void;
  /** The thread has ended by an error of its own, and is replaced. */
  died(message: string): void;
}

export class ClusterThread {
  #worker: Worker | undefined;
  #replacing: ReturnType<typeof setTimeout> | undefined;
  #asked: ((status: ClusterStatus | undefined) => void)[] = [];
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
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(undefined), STATUS_MS);
      const answer = (status: ClusterStatus | undefined) => {
        clearTimeout(timer);
        resolve(status);
      };
      this.#asked.push(answer);
      this.#post({ kind: "status" });
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
    worker.onmessage = ({ data }: MessageEvent<FromCluster>) => this.#message(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      for (const answer of this.#asked.splice(0)) answer(undefined);
      if (this.#ended !== undefined) return this.#ended();
      this.listener.died(event.message);
      this.#replacing = setTimeout(() => this.#spawn(), REPLACE_MS);
    };
    worker.postMessage({ start: this.first });
  }

  #message(message: FromCluster): void {
    switch (message.kind) {
      case "line":
        return this.listener.line(message);
      case "status":
        // One answer is as good for all who wait. A thread that was still starting has not heard every question.
        for (const answer of this.#asked.splice(0)) answer(message.status);
        return;
      case "ended":
        this.#worker = undefined;
        this.#ended?.();
    }
  }

  #post(message: ToCluster): void {
    this.#worker?.postMessage(message);
  }
}
