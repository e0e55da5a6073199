// What the measuring process and the one that calls plugins for it say to each other: a line of JSON each way.

import type { Invocation } from "../lab/cni_call.ts";

/** Calls to make, in this order. */
export interface Batch {
  readonly calls: readonly Invocation[];
  /** How many at a time. */
  readonly parallel: number;
}

export interface CallAnswer {
  /** Milliseconds from starting the process to its end, with all that it wrote read. */
  readonly ms: number;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BatchAnswer {
  /** In the order of the calls. */
  readonly answers: readonly CallAnswer[];
  /** Milliseconds from the first call's start to the last one's end. */
  readonly wall: number;
}

/** The lines of a stream, as they come. */
export async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
