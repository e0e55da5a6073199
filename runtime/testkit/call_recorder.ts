// What plugins called, whole: a trace of the product keeps arguments and answers only in short.

import { type HostCallEnd, Trace } from "../plugin/trace.ts";

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
  /** What the component got as an error. */
  thrown?: unknown;
}

/** One verb of one plugin, in an instance of its own. */
export interface VerbRun {
  readonly plugin: string;
  readonly verb: string;
  /** As the component got them. */
  readonly args: readonly unknown[];
  /** Its host calls, without those of its delegates. */
  readonly calls: HostCall[];
  result?: unknown;
  /** What it ended with, if not with a result. */
  thrown?: unknown;
}

export class CallRecorder extends Trace {
  /** Host calls in the order in which they began: those of an IPAM plugin come after the `ipam.add` that ran it. */
  readonly calls: HostCall[] = [];
  /** In the order in which they began: a plugin before its delegates. */
  readonly runs: VerbRun[] = [];
  /** Those that have not ended, each inside the one before. */
  readonly #running: VerbRun[] = [];

  override hostCall(plugin: string, name: string, args: readonly unknown[]): (end: HostCallEnd) => void {
    const call: HostCall = { plugin, function: name, args: structuredClone(args) };
    this.calls.push(call);
    this.#running.at(-1)?.calls.push(call);
    const endTrace = super.hostCall(plugin, name, args);
    return (end) => {
      endTrace(end);
      if (end.error !== undefined) Object.assign(call, { error: end.error, thrown: end.thrown });
      else if (end.result !== undefined) call.result = structuredClone(end.result);
    };
  }

  override verb(plugin: string, verb: string, args: readonly unknown[]) {
    const run: VerbRun = { plugin, verb, args: structuredClone(args), calls: [] };
    this.runs.push(run);
    this.#running.push(run);
    return ({ result, thrown }: { result?: unknown; thrown?: unknown }) => {
      this.#running.pop();
      if (thrown !== undefined) run.thrown = thrown;
      else if (result !== undefined) run.result = structuredClone(result);
    };
  }

  /** What each verb of each plugin used, where the engine counts. */
  verbs(): { plugin: string; verb: string; fuel: number }[] {
    return this.data.steps.flatMap(({ name, fuel }) => {
      const [verb = "", plugin = ""] = name.split(" ");
      return fuel === undefined ? [] : [{ plugin, verb, fuel }];
    });
  }

  /** Units of fuel that each plugin used, where the engine counts. */
  fuel(): Record<string, number> {
    const used: Record<string, number> = {};
    for (const { plugin, fuel } of this.verbs()) used[plugin] = (used[plugin] ?? 0) + fuel;
    return used;
  }
}
