// What a CNI call did, and how long each part took: for CNIDARIA_TRACE, `cnidaria exec --timing` and debug lines.

/** One host call of a component. Times are milliseconds. */
export interface HostCallTrace {
  plugin: string;
  /** `links.createVeth` */
  function: string;
  /** Arguments as JSON, shortened. */
  args: string;
  ms: number;
  /** Code and message, if it failed. */
  error?: string;
}

/** The JSON object that is written to the file of CNIDARIA_TRACE. */
export interface CallTrace {
  command: string;
  attachment: { network: string; containerId: string; ifname: string };
  plugins: string[];
  engine: string;
  /** Since the process began. */
  totalMs: number;
  steps: { name: string; ms: number }[];
  hostCalls: HostCallTrace[];
  /** Code and message of the error result, if it is one. */
  error?: { code: number; message: string };
}

const MAX_ARGS_LENGTH = 200;

/** Collects. Host calls only where someone will look at them. */
export class Trace {
  readonly data: CallTrace = {
    command: "",
    attachment: { network: "", containerId: "", ifname: "" },
    plugins: [],
    engine: "",
    totalMs: 0,
    steps: [],
    hostCalls: [],
  };
  #last = 0;

  constructor(readonly wantsHostCalls: boolean) {}

  /** Ends a step that began where the last one ended, or when the process began. */
  step(name: string): void {
    const now = performance.now();
    this.data.steps.push({ name, ms: rounded(now - this.#last) });
    this.#last = now;
  }

  hostCall(plugin: string, name: string, args: readonly unknown[], ms: number, error?: string): void {
    if (!this.wantsHostCalls) return;
    const text = args.map((arg) => JSON.stringify(arg) ?? "").join(", ");
    const call: HostCallTrace = {
      plugin,
      function: name,
      args: text.length > MAX_ARGS_LENGTH ? `${text.slice(0, MAX_ARGS_LENGTH)}…` : text,
      ms: rounded(ms),
    };
    if (error !== undefined) call.error = error;
    this.data.hostCalls.push(call);
  }

  /** Writes it, if a file was asked for. A trace that cannot be written does not fail the call. */
  writeTo(path: string | undefined): void {
    if (path === undefined || path === "") return;
    this.data.totalMs = rounded(performance.now());
    try {
      Deno.writeTextFileSync(path, JSON.stringify(this.data) + "\n");
    } catch {
      // The call's own answer matters more.
    }
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
