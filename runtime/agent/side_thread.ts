// A thread of the agent that does something beside the calls, seen from the agent: the overlay's, and that of network
// policies. It is asynchronous, as it waits for a store over the network.

import { BackOff } from "../cluster/store/back_off.ts";
import type { FromSide, Line, ToSide } from "./side_messages.ts";

/** Milliseconds after which a thread that died is replaced, at first; later on more, but for one that lived as long. */
const REPLACE_MS = 1_000;
const REPLACE_MOST_MS = 60_000;

export interface SideListener {
  line(message: Line): void;
  /** The thread has ended by an error of its own, and is replaced. */
  died(message: string): void;
}

/** What it can be asked, and what it answers. */
type Answers = Readonly<Record<string, unknown>>;

export class SideThread<A extends Answers> {
  #worker: Worker | undefined;
  #spawned = 0;
  readonly #backOff = new BackOff(REPLACE_MS, REPLACE_MOST_MS);
  #replacing: ReturnType<typeof setTimeout> | undefined;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  #lastId = 0;
  #ended: (() => void) | undefined;

  /**
   * @param module of `thread.ts`
   * @param name of the thread
   * @param first what it is told first of all
   * @param answerMs milliseconds that it has for an answer
   */
  constructor(
    private readonly module: URL,
    private readonly name: string,
    private readonly first: unknown,
    private readonly answerMs: number,
    private readonly listener: SideListener,
  ) {
    this.#spawn();
  }

  /** @returns undefined where the thread does not answer */
  ask<Q extends keyof A & string>(question: Q, argument?: number): Promise<A[Q] | undefined> {
    if (this.#worker === undefined) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, undefined), this.answerMs);
      this.#asked.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer as A[Q] | undefined);
      });
      this.#post({ kind: "ask", id, question, argument });
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
    const worker = new Worker(this.module, { type: "module", name: this.name });
    this.#worker = worker;
    this.#spawned = performance.now();
    worker.onmessage = ({ data }: MessageEvent<FromSide>) => this.#message(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      for (const id of [...this.#asked.keys()]) this.#answer(id, undefined);
      if (this.#ended !== undefined) return this.#ended();
      this.listener.died(event.message);
      if (performance.now() - this.#spawned > REPLACE_MOST_MS) this.#backOff.reset();
      this.#replacing = setTimeout(() => this.#spawn(), this.#backOff.next());
    };
    worker.postMessage({ start: this.first });
  }

  #message(message: FromSide): void {
    switch (message.kind) {
      case "line":
        return this.listener.line(message);
      case "answer":
        return this.#answer(message.id, message.answer);
      case "ended":
        this.#worker = undefined;
        this.#ended?.();
    }
  }

  /** An answer that comes too late is nobody's. */
  #answer(id: number, given: unknown): void {
    const answer = this.#asked.get(id);
    this.#asked.delete(id);
    answer?.(given);
  }

  #post(message: ToSide): void {
    this.#worker?.postMessage(message);
  }
}
