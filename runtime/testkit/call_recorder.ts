// What a plugin called, whole: a trace of the product keeps arguments and answers only in short.

import { Trace } from "../plugin/trace.ts";

/** One host call of a component. */
export interface HostCall {
  readonly plugin: string;
  /** `links.createVeth` */
  readonly function: string;
  readonly args: readonly unknown[];
  /** What it answered; absent where it answered nothing, or failed. */
  result?: unknown;
  /** Code and message, if it failed. */
  error?: string;
}

/** Keeps host calls in the order in which they began: those of an IPAM plugin come after the `ipam.add` that ran it. */
export class CallRecorder extends Trace {
  readonly calls: HostCall[] = [];

  override hostCall(
    plugin: string,
    name: string,
    args: readonly unknown[],
  ): (end: { result?: unknown; error?: string }) => void {
    const call: HostCall = { plugin, function: name, args: structuredClone(args) };
    this.calls.push(call);
    return ({ result, error }) => {
      if (error !== undefined) call.error = error;
      else if (result !== undefined) call.result = structuredClone(result);
    };
  }

  /** Units of fuel that each plugin used, where the engine counts them. */
  fuel(): Record<string, number> {
    const used: Record<string, number> = {};
    for (const { name, fuel } of this.data.steps) {
      const plugin = name.slice(name.indexOf(" ") + 1);
      if (fuel !== undefined) used[plugin] = (used[plugin] ?? 0) + fuel;
    }
    return used;
  }
}
