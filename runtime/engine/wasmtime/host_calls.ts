// Host functions as a component calls them: one C callback for an instance's whole imports, told apart by its data
// pointer.

import { EngineError, type HostFunction, type Imports, type Limits } from "../engine.ts";
import { limitReached, ValueTooLarge } from "../limit.ts";
import { makeError, takeError } from "./native_error.ts";
import { Block, utf8, viewAt } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";
import { VALUE_SIZE, type ValueCodec } from "./value_codec.ts";
import type { FunctionType, FunctionTypes } from "./value_type.ts";

/** wasmtime_component_func_callback_t */
const CALLBACK = {
  parameters: ["pointer", "pointer", "pointer", "pointer", "usize", "pointer", "usize"],
  result: "pointer",
} as const;

/** The names of imported functions, by interface. */
export type ImportNames = readonly (readonly [interfaceName: string, functionNames: readonly string[]])[];

interface Defined {
  readonly interfaceName: string;
  readonly functionName: string;
}

export class HostCalls {
  readonly #lib: Wasmtime;
  readonly #codec: ValueCodec;
  readonly #types: FunctionTypes;
  readonly #plugin: string;
  #limits: Limits;
  readonly #defined: Defined[] = [];
  readonly #callback: Deno.UnsafeCallback<typeof CALLBACK>;
  #imports: Imports = {};
  #deadline: number;
  #failure: unknown;
  #calls = 0;

  /** The time begins now, and anew with `bind` and `renew`. */
  constructor(lib: Wasmtime, codec: ValueCodec, types: FunctionTypes, plugin: string, limits: Limits) {
    this.#lib = lib;
    this.#codec = codec;
    this.#types = types;
    this.#plugin = plugin;
    this.#limits = limits;
    this.#deadline = performance.now() + limits.timeMs;
    this.#callback = new Deno.UnsafeCallback(CALLBACK, (data, _context, _type, args, count, results) => {
      try {
        this.#serve(Number(Deno.UnsafePointer.value(data)) - 1, args, Number(count), results);
        return null;
      } catch (error) {
        // An exception must not cross C: it is kept, and thrown again when libwasmtime has come back.
        this.#failure ??= error ?? new Error("a host function threw nothing");
        return makeError(this.#lib, "host function failed");
      }
    });
  }

  /** Says which functions the names stand for. Whoever calls one before gets an error. */
  bind(imports: Imports): void {
    this.#imports = imports;
    this.#deadline = performance.now() + this.#limits.timeMs;
  }

  /** Time and host calls begin anew. */
  renew(limits: Limits): void {
    this.#limits = limits;
    this.#deadline = performance.now() + limits.timeMs;
    this.#calls = 0;
  }

  /** Defines the interfaces in a linker's root. */
  define(root: Deno.PointerValue, names: ImportNames): void {
    const lib = this.#lib;
    for (const [interfaceName, functionNames] of names) {
      const instance = new Block(8);
      const name = utf8(interfaceName);
      const failure = takeError(
        lib,
        lib.wasmtime_component_linker_instance_add_instance(root, name, BigInt(name.length), instance.buffer),
      );
      if (failure !== undefined) throw new TypeError(`Cannot define interface ${interfaceName} as ${failure}`);
      for (const functionName of functionNames) {
        this.#defined.push({ interfaceName, functionName });
        const kebab = utf8(functionName.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
        // The data pointer is a number, never followed: 1 for the first function, since 0 is NULL.
        const data = Deno.UnsafePointer.create(BigInt(this.#defined.length));
        takeError(
          lib,
          lib.wasmtime_component_linker_instance_add_func(
            instance.pointer(),
            kebab,
            BigInt(kebab.length),
            this.#callback.pointer,
            data,
            null,
          ),
        );
      }
      lib.wasmtime_component_linker_instance_delete(instance.pointer());
    }
  }

  /** Whether the instance's time is over. */
  isLate(): boolean {
    return performance.now() > this.#deadline;
  }

  /** What a host function threw that was no typed error, or the limit that a call went beyond. */
  takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  close(): void {
    this.#callback.close();
  }

  #serve(
    index: number,
    args: Deno.PointerValue,
    count: number,
    results: Deno.PointerValue,
  ): void {
    if (this.isLate()) throw limitReached("time-limit", this.#plugin, this.#limits);
    if (++this.#calls > this.#limits.hostCalls) throw limitReached("host-call-limit", this.#plugin, this.#limits);
    const { interfaceName, functionName } = this.#defined[index]!;
    const type = this.#types.get(`${interfaceName}#${functionName}`);
    const call = this.#imports[interfaceName]?.[functionName];
    if (call === undefined) throw new Error(`${functionName} is not there yet`);
    const given = count === 0 ? [] : this.#lift(type, viewAt(address(args), count * VALUE_SIZE));
    const result = this.#call(call, type, given);
    if (type.result === undefined) return;
    const at = address(results);
    this.#codec.lower(type.result, result, viewAt(at, VALUE_SIZE), 0, at);
  }

  #lift(type: FunctionType, values: DataView): unknown[] {
    try {
      return this.#codec.liftAll(type.params, values, 0, this.#limits.valueBytes);
    } catch (error) {
      throw error instanceof ValueTooLarge ? limitReached("value-limit", this.#plugin, this.#limits) : error;
    }
  }

  #call(call: HostFunction, type: FunctionType, args: unknown[]): unknown {
    if (type.result?.kind !== "result") return call(...args);
    try {
      return { tag: "ok", val: call(...args) };
    } catch (error) {
      if (error instanceof EngineError || !hasPayload(error)) throw error;
      return { tag: "err", val: error.payload };
    }
  }
}

function address(pointer: Deno.PointerValue): number {
  return Number(Deno.UnsafePointer.value(pointer));
}

function hasPayload(error: unknown): error is { payload: unknown } {
  return typeof error === "object" && error !== null && "payload" in error;
}
