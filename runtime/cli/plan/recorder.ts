// Collects the changing host calls of a plan, each with the changes that it would make.

import type { Change } from "../../../host-funcs/change.ts";
import { MUTATIONS } from "./describe_call.ts";
import { Trace } from "../../plugin/trace.ts";

/** A host call that would change something. */
export interface PlannedCallEntry {
  readonly plugin: string;
  /** `links.createVeth` */
  readonly function: string;
  readonly args: readonly unknown[];
  /** What it would change; nothing where all is as it asks already. */
  readonly changes: readonly Change[];
  /** Code and message, if it is refused. */
  readonly error?: string;
}

/** The trace of planned calls: it keeps whole arguments, and changes as they are. */
export class Recorder extends Trace {
  readonly entries: PlannedCallEntry[] = [];
  /** What was taken back, in that order. */
  readonly takenBack: Change[] = [];
  /** Of each host call that is under way. */
  readonly #changes: Change[][] = [];

  changed(change: Change): void {
    this.#changes.at(-1)?.push(change);
  }

  override hostCall(plugin: string, name: string, args: readonly unknown[]): (end: { error?: string }) => void {
    const changes: Change[] = [];
    this.#changes.push(changes);
    return ({ error }) => {
      this.#changes.pop();
      if (!MUTATIONS.has(name)) return;
      const own = withNumbers(structuredClone(args)) as unknown[];
      // What failed has changed nothing.
      this.entries.push({
        plugin,
        function: name,
        args: own,
        ...error === undefined ? { changes } : { changes: [], error },
      });
    };
  }

  override undone(change: Change): void {
    this.takenBack.push(change);
  }
}

/** A plan is printed as JSON, which has no `u64` of the contract. */
function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, withNumbers(it)]));
}
