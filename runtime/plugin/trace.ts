// What a CNI call did, and how long each part took: for the call log, CNIDARIA_TRACE, `cnidaria exec --timing` and debug
// lines.

import type { Change } from "../../host-funcs/change.ts";

/** One host call of a component. Times are milliseconds. */
export interface HostCallTrace {
  plugin: string;
  /** `links.createVeth` */
  function: string;
  /** Arguments as JSON, shortened. */
  args: string;
  /** How many calls it was made inside of: those of an IPAM plugin are inside of `ipam.add`. */
  depth: number;
  /** When it began, since the process did. Logs of earlier versions do without. */
  at?: number;
  /** With the calls that were made inside of it. */
  ms: number;
  /** What it answered, as JSON, shortened; nothing for nothing. */
  result?: string;
  /** Code and message, if it failed. */
  error?: string;
}

/** How a host call ended. */
export interface HostCallEnd {
  readonly result?: unknown;
  /** Code and message, if it failed. */
  readonly error?: string;
  /** What was thrown; its `payload`, if it has one, is what the component gets. */
  readonly thrown?: unknown;
}

/** One change that was taken back, in the order of the undo. */
export interface UndoTrace {
  /** The change as JSON, shortened. */
  change: string;
  ms: number;
  /** Why it could not be taken back. */
  error?: string;
}

/** The JSON object that is written to the file of CNIDARIA_TRACE, and to the call log. */
export interface CallTrace {
  /** When the call began: ISO 8601, UTC. */
  at: string;
  command: string;
  attachment: { network: string; containerId: string; ifname: string };
  plugins: string[];
  engine: string;
  /** Since the process began; in the agent, since the call was taken. */
  totalMs: number;
  /** `fuel`: what a plugin's verb used, where the engine counts it. */
  steps: { name: string; ms: number; fuel?: number }[];
  hostCalls: HostCallTrace[];
  undone: UndoTrace[];
  /** Code and message of the error result, if it is one. */
  error?: { code: number; message: string };
}

const MAX_JSON_LENGTH = 400;

/** Collects. */
export class Trace {
  readonly data: CallTrace = {
    at: new Date().toISOString(),
    command: "",
    attachment: { network: "", containerId: "", ifname: "" },
    plugins: [],
    engine: "",
    totalMs: 0,
    steps: [],
    hostCalls: [],
    undone: [],
  };
  #last: number;
  #depth = 0;

  /** @param began when the call did, as `performance.now()` has it; that of a process which serves one, with it */
  constructor(private readonly began: number = 0) {
    this.#last = began;
  }

  /** Ends a step that began where the last one ended, or when the process began. */
  step(name: string, fuel?: number): void {
    const now = performance.now();
    this.data.steps.push({ name, ms: rounded(now - this.#last), ...fuel !== undefined && { fuel } });
    this.#last = now;
  }

  /** Begins a host call. @returns what ends it, with its answer or its error */
  hostCall(
    plugin: string,
    name: string,
    args: readonly unknown[],
  ): (end: HostCallEnd) => void {
    const text = args.map(brief).join(", ");
    const start = performance.now();
    const call = { plugin, function: name, args: text, depth: this.#depth, at: rounded(start), ms: 0 } as HostCallTrace;
    this.data.hostCalls.push(call);
    this.#depth++;
    return ({ result, error }) => {
      call.ms = rounded(performance.now() - start);
      this.#depth--;
      if (error !== undefined) call.error = error;
      else if (result !== undefined) call.result = brief(result);
    };
  }

  /**
   * Begins a verb of a plugin; those of its delegates are inside of it. @returns what ends it, with its result or with
   * what it threw
   */
  verb(
    _plugin: string,
    _verb: string,
    _args: readonly unknown[],
  ): (end: { result?: unknown; thrown?: unknown }) => void {
    return () => {};
  }

  /** A change has been taken back, or could not be. */
  undone(change: Change, ms: number, error?: string): void {
    this.data.undone.push({ change: brief(change), ms: rounded(ms), ...error !== undefined && { error } });
  }

  /** The call is over. */
  end(): void {
    this.step("end");
    this.data.totalMs = rounded(performance.now() - this.began);
  }

  /** Writes it, if a file was asked for. A trace that cannot be written does not fail the call. */
  writeTo(path: string | undefined): void {
    if (path === undefined || path === "") return;
    try {
      Deno.writeTextFileSync(path, JSON.stringify(this.data) + "\n");
    } catch {
      // The call's own answer matters more.
    }
  }
}

/** JSON, shortened. A u64 is written as a number. */
function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, it) => typeof it === "bigint" ? Number(it) : it) ?? "";
  return text.length > MAX_JSON_LENGTH ? `${text.slice(0, MAX_JSON_LENGTH)}…` : text;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
