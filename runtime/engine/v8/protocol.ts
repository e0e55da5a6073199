// What host and worker say to each other, in turns.

/** To the worker, once, by postMessage: what it needs to be one instance of a component. */
export interface Start {
  readonly memory: SharedArrayBuffer;
  /** The glue, a script. */
  readonly glue: string;
  /** Compiled core modules by the name that the glue asks for. */
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
  /** Names of the functions that the host offers, by interface. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
}

/** How a component can come to an end that is not its own, as the worker sees it. */
export type EndKind = "trap" | "memory-limit" | "host-failure" | "bad-component";

/** From the worker. */
export type FromWorker =
  | { type: "call"; interface: string; function: string; args: unknown[] }
  | { type: "ready" }
  | { type: "returned"; value: unknown }
  | { type: "error"; payload: unknown }
  /** It did not come to an end of its own. */
  | { type: "ended"; kind: EndKind; why: string };

/** To the worker. */
export type ToWorker =
  | { type: "run"; interface: string; function: string; args: readonly unknown[] }
  | { type: "returned"; value: unknown }
  | { type: "error"; payload: unknown }
  /** The host function failed: the component must end. */
  | { type: "abort" };
