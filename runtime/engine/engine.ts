// One interface, two engines: wasmtime (libwasmtime through FFI) and v8 (jco's output on Deno's own WebAssembly).
// Both are synchronous: a host function runs while its component waits, and may itself run another component.
//
// Values are as jco maps them: records are objects with camelCase keys, `option<T>` is `T | undefined`, an enum is its
// kebab-case name, a variant is `{ tag, val }`, flags are an object of booleans, `list<u8>` is a Uint8Array, u64 and s64
// are bigint, a tuple is an array, `result<T, E>` is T returned or an error with a `payload` of type E thrown.

/** A component on disk, ready for both engines. */
export interface ComponentFile {
  /** Name of the plugin, for messages. */
  readonly name: string;
  /** Path of the component's bytes. */
  readonly wasmPath: string;
  /** SHA-256 of those bytes, hexadecimal. */
  readonly digest: string;
  /** Folder with what jco made of it at build time; v8 only. */
  readonly v8Dir: string;
  /** What that folder holds, by name, where the host has read and verified it already; then it is not looked into. */
  readonly v8Files?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Host functions by interface (`cnidaria:cni/links@0.3.0`) and camelCase name. */
export type Imports = Record<string, Record<string, HostFunction>>;
// deno-lint-ignore no-explicit-any
export type HostFunction = (...args: any[]) => unknown;

/** What one instance may use up. Whoever goes beyond is ended: nothing of these can be caught by a component. */
export interface Limits {
  /** Each linear memory of the component, bytes. Growing beyond ends it, even if it could do without. */
  readonly memoryBytes: number;
  /**
   * Wall-clock time from the instantiation on, or from `Instance.renew`, milliseconds, time in host functions included.
   * wasmtime looks at the clock only when the component calls the host or is called; between these, fuel ends it.
   */
  readonly timeMs: number;
  /**
   * wasmtime only: units of fuel, about one a WebAssembly instruction, and one a byte or element where an instruction
   * fills or copies. 1e9 ended every loop that was tried in 0.06 to 0.65 seconds of a 2 to 3 GHz core.
   */
  readonly fuel: number;
  /** Calls of the host. */
  readonly hostCalls: number;
  /**
   * Bytes that cross in one call from the component to the host: all arguments of a host call, or the result or error of
   * an exported function. A string counts its UTF-8 bytes, a list of u8 its items, and each value 8 beside: so does every
   * item of any other list. v8 counts the message that carries the values by the same rule, names of cases included, and
   * gives 1 KiB more for the call's own part of it. What the host answers is not limited.
   */
  readonly valueBytes: number;
}

/** What `Instance.renew` gives. */
export type RenewedLimits = Pick<Limits, "timeMs" | "fuel" | "hostCalls">;

export interface Engine {
  readonly name: "wasmtime" | "v8";
  /** Version of the engine itself, as it says. */
  readonly version: string;
  /** @throws {EngineError} `bad-component`, if the file is no component that this engine can run */
  load(file: ComponentFile): LoadedComponent;
  close(): void;
}

export interface LoadedComponent {
  /** The interfaces it imports, sorted. */
  readonly imports: readonly string[];
  /** @throws {EngineError} */
  instantiate(imports: Imports, limits: Limits): Instance;
  /**
   * Does between two calls what would else be a part of them: has a fresh instance ready, which imports and may use up
   * what the latest one did, and frees those that have ended. Only some engines can.
   */
  prepare?(): void;
  close(): void;
}

export interface Instance {
  /**
   * Calls an exported function, by interface (`cnidaria:cni/cni@0.3.0`) and camelCase name.
   *
   * @throws {ComponentError} the `err` case of the function's result
   * @throws {EngineError} the component did not come to an end of its own; then each further call throws the same
   */
  call(interfaceName: string, functionName: string, args: readonly unknown[]): unknown;
  /**
   * Gives it time, fuel and host calls anew, so that an instance may serve any number of calls, each within limits of its
   * own. Its memory, and how large values may be, stay limited as they were. One that has ended, or is closed, stays so.
   *
   * @param limits from now on; where none are given, those that it had
   * @throws {TypeError} while a call of it goes on
   */
  renew(limits?: RenewedLimits): void;
  /** Fuel used since it was made, or renewed; undefined where the engine does not count it. */
  fuelUsed(): number | undefined;
  close(): void;
}

/** The `err` case of an exported function's result. */
export class ComponentError extends Error {
  override readonly name = "ComponentError";
  constructor(readonly payload: unknown) {
    super("the component returned an error");
  }
}

export type EngineErrorKind =
  | "bad-component"
  | "trap"
  | "time-limit"
  | "fuel-limit"
  | "memory-limit"
  | "host-call-limit"
  | "value-limit"
  | "stack-limit"
  | "host-failure";

/** A component that did not run to its end. The message names the plugin, and says what happened and what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  constructor(readonly kind: EngineErrorKind, readonly plugin: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
