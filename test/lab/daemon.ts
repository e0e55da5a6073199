// A program that runs beside a test until it is ended, with what it says kept for whoever reads a failure.

import type { CommandOptions } from "./command.ts";
import type { Namespace } from "./namespace.ts";
import { start } from "./command.ts";

export class Daemon implements AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #log = "";
  #ended = false;

  private constructor(name: string, child: Deno.ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#reading = Promise.all([this.#read(child.stdout), this.#read(child.stderr)]);
    child.status.then(() => this.#ended = true);
  }

  /** @param namespace where it runs; this process's own where none is given */
  static start(argv: readonly string[], namespace?: Namespace, options: CommandOptions = {}): Daemon {
    const child = namespace === undefined ? start(argv, options) : namespace.start(argv, options);
    return new Daemon(argv[0]!.replace(/.*\//, ""), child);
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#log += text;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What it has written so far, on both outputs. */
  get log(): string {
    return this.#log;
  }

  /**
   * Waits until `done` answers true.
   * @throws {Error} with the log's end, where the program ends before or `limit` milliseconds are over
   */
  async until(what: string, done: () => boolean | Promise<boolean>, limit = 15_000): Promise<void> {
    const deadline = performance.now() + limit;
    while (!await done()) {
      const why = this.#ended ? "it ended" : performance.now() > deadline ? `${limit} ms are over` : undefined;
      if (why !== undefined) {
        throw new Error(`Cannot go on with ${this.name} as ${why} before ${what}:\n${this.#log.slice(-3000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Sends a signal, and waits for the end. @returns the log */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<string> {
    if (!this.#ended) {
      try {
        this.#child.kill(signal);
      } catch {
        // It has ended by itself.
      }
    }
    // A program that does not obey would keep the test waiting.
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    return this.#log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
