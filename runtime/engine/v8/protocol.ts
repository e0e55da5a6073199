// What host and worker say to each other, in turns.

/** A core module, compiled with limits in it, and how many memories and tables it has of its own. */
export interface CoreModule {
  readonly module: WebAssembly.Module;
  readonly memories: number;
  readonly tables: number;
}

/** To the worker, once, by postMessage: what it needs to be one instance of a component. */
export interface Start {
  readonly memory: SharedArrayBuffer;
  /** The glue, a script. */
  readonly glue: string;
  /** Compiled core modules by the name that the glue asks for. */
  readonly modules: ReadonlyMap<string, CoreModule>;
  /** Names of the functions that the host offers, by interface. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
  /** See `Limits`. */
  readonly valueBytes: number;
}

/** How a component can come to an end that is not its own, as the worker sees it. */
export type EndKind = "trap" | "memory-limit" | "stack-limit" | "value-limit" | "host-failure" | "bad-component";

/** From the worker. */
export type FromWorker =
  | { type: "call"; interface: string; function: string; args: unknown[] }
  | { type: "ready" }
  | { type: "returned"; value: unknown }
  | { type: "error"; payload: unknown }
  /** It did not come to an end of its own. */
  | { type: "ended"; kind: EndKind; why: string };

/** To the worker. One whose host function failed, or that is beyond a limit, is not answered: it is terminated. */
export type ToWorker =
  | { type: "run"; interface: string; function: string; args: readonly unknown[] }
  | { type: "returned"; value: unknown }
  | { type: "error"; payload: unknown };
