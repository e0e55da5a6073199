// The process that calls plugins inside a node, seen from outside.

import type { Node } from "../lab/node.ts";
import { type Batch, type BatchAnswer, linesOf } from "./batch.ts";
import { Stopped } from "./stop.ts";

const script = new URL("./call_process.ts", import.meta.url).pathname;

/** Ends with its `await using` scope, after the calls that are under way. */
export class Caller implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string>;
  readonly #stop: AbortSignal;
  readonly #end = () => endProcess(this.#child);

  private constructor(child: Deno.ChildProcess, stop: AbortSignal) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#lines = linesOf(child.stdout);
    this.#stop = stop;
    stop.addEventListener("abort", this.#end);
  }

  /** @param stop ends it early */
  static async create(node: Node, stop: AbortSignal): Promise<Caller> {
    const caller = new Caller(node.namespace.start([Deno.execPath(), "run", "-A", script], { openInput: true }), stop);
    // Its first answer comes when it has started.
    await caller.run({ calls: [], parallel: 1 });
    return caller;
  }

  /** @throws {Stopped} if it was stopped */
  async run(batch: Batch): Promise<BatchAnswer> {
    if (this.#stop.aborted) throw new Stopped();
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(batch)}\n`));
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value) as BatchAnswer;
    if (this.#stop.aborted) throw new Stopped();
    throw new Error(`Cannot measure as the process that calls plugins has ended: ${await this.#complaint()}`);
  }

  async #complaint(): Promise<string> {
    return (await new Response(this.#child.stderr).text()).trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.removeEventListener("abort", this.#end);
    await this.#input.close().catch(() => {});
    await this.#child.status;
    await this.#lines.return(undefined);
    if (!this.#child.stderr.locked) await this.#child.stderr.cancel();
  }
}

/** SIGTERM, to that one process. */
export function endProcess(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
