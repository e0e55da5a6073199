// One instance of a component in a store of its own: nothing passes from one instance to another.

import {
  ComponentError,
  EngineError,
  type EngineErrorKind,
  type Imports,
  type Instance,
  type Limits,
  type RenewedLimits,
} from "../engine.ts";
import {
  type LimitKind,
  limitReached,
  MAX_CORE_INSTANCES,
  MAX_MEMORIES,
  MAX_TABLE_ELEMENTS,
  MAX_TABLES,
  ValueTooLarge,
} from "../limit.ts";
import { DENIED_GROWTH } from "../memory_growth.ts";
import { HostCalls, type ImportNames } from "./host_calls.ts";
import { allCauses, rootCause, takeError } from "./native_error.ts";
import { Block, utf8 } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";
import { VALUE_SIZE, type ValueCodec } from "./value_codec.ts";
import type { FunctionType, FunctionTypes, ValueType } from "./value_type.ts";

interface Exported {
  func: Block;
  type: FunctionType;
}

export class WasmtimeInstance implements Instance {
  readonly #lib: Wasmtime;
  readonly #codec: ValueCodec;
  readonly #plugin: string;
  readonly #store: Deno.PointerValue;
  readonly #context: Deno.PointerValue;
  readonly #instance = new Block(16);
  readonly #hostCalls: HostCalls;
  readonly #types: FunctionTypes;
  readonly #exports = new Map<string, Exported>();
  #limits: Limits;
  #calls = 0;
  #closed = false;
  /** Why it cannot be called any more, where it has not come to an end of its own. */
  #end: EngineError | undefined;
  #deleted = false;
  #fuelAtEnd = 0;

  /**
   * @param imports what it imports; or their names alone, until `bind` says what these stand for
   * @param onEnd told when it is closed, and has to see to `delete`; without it that is done at once
   * @throws {EngineError}
   */
  constructor(
    lib: Wasmtime,
    codec: ValueCodec,
    engine: Deno.PointerValue,
    component: Deno.PointerValue,
    plugin: string,
    imports: Imports | ImportNames,
    limits: Limits,
    types: FunctionTypes,
    private readonly onEnd?: (instance: WasmtimeInstance) => void,
  ) {
    this.#lib = lib;
    this.#types = types;
    this.#codec = codec;
    this.#plugin = plugin;
    this.#limits = limits;
    this.#store = lib.wasmtime_store_new(engine, null, null);
    this.#context = lib.wasmtime_store_context(this.#store);
    lib.wasmtime_store_limiter(
      this.#store,
      BigInt(limits.memoryBytes),
      BigInt(MAX_TABLE_ELEMENTS),
      BigInt(MAX_CORE_INSTANCES),
      BigInt(MAX_TABLES),
      BigInt(MAX_MEMORIES),
    );
    takeError(lib, lib.wasmtime_context_set_fuel(this.#context, BigInt(limits.fuel)));
    this.#hostCalls = new HostCalls(lib, codec, types, plugin, limits);
    try {
      if (!isNames(imports)) this.bind(imports);
      this.#instantiate(engine, component, isNames(imports) ? imports : namesOf(imports));
    } catch (error) {
      this.#closed = true;
      this.delete();
      throw error;
    }
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** The imports of the one call that it serves; its time begins now. */
  bind(imports: Imports): void {
    this.#hostCalls.bind(imports);
  }

  call(interfaceName: string, functionName: string, args: readonly unknown[]): unknown {
    if (this.#end !== undefined) throw this.#end;
    if (this.#closed) throw this.#error("trap", "its instance is closed");
    if (this.#hostCalls.isLate()) throw this.#endBy(limitReached("time-limit", this.#plugin, this.#limits));
    const { func, type } = this.#find(interfaceName, functionName);
    if (args.length !== type.params.length) {
      throw new TypeError(
        `Cannot call ${functionName} of ${this.#plugin} as it takes ${type.params.length} arguments: ${args.length}`,
      );
    }
    const values = new Block((args.length + 1) * VALUE_SIZE);
    const resultAt = values.address + args.length * VALUE_SIZE;
    const results = type.result === undefined ? 0n : 1n;
    this.#calls++;
    try {
      type.params.forEach((param, i) =>
        this.#codec.lower(param, args[i], values.view, i * VALUE_SIZE, values.address + i * VALUE_SIZE)
      );
      const failure = takeError(
        this.#lib,
        this.#lib.wasmtime_component_func_call(
          func.buffer,
          this.#context,
          BigInt(values.address),
          BigInt(args.length),
          BigInt(resultAt),
          results,
        ),
      );
      if (failure !== undefined) throw this.#endBy(this.#ended(failure));
      if (type.result === undefined) return undefined;
      const result = this.#lift(type.result, values.view, args.length * VALUE_SIZE);
      if (type.result.kind !== "result") return result;
      const { tag, val } = result as { tag: "ok" | "err"; val: unknown };
      if (tag === "err") throw new ComponentError(val);
      return val;
    } finally {
      for (let i = 0; i <= args.length; i++) {
        this.#lib.wasmtime_component_val_delete(BigInt(values.address + i * VALUE_SIZE));
      }
      this.#calls--;
      if (this.#closed) this.close();
    }
  }

  #lift(type: ValueType, view: DataView, offset: number): unknown {
    try {
      return this.#codec.liftAll([type], view, offset, this.#limits.valueBytes)[0];
    } catch (error) {
      if (!(error instanceof ValueTooLarge)) throw error;
      this.#closed = true;
      throw this.#endBy(limitReached("value-limit", this.#plugin, this.#limits));
    }
  }

  renew({ timeMs, fuel, hostCalls }: RenewedLimits = this.#limits): void {
    if (this.#closed || this.#end !== undefined) return;
    if (this.#calls > 0) throw new TypeError(`Cannot renew the limits of ${this.#plugin} as a call of it goes on`);
    this.#limits = { ...this.#limits, timeMs, fuel, hostCalls };
    takeError(this.#lib, this.#lib.wasmtime_context_set_fuel(this.#context, BigInt(fuel)));
    this.#hostCalls.renew(this.#limits);
  }

  fuelUsed(): number {
    if (this.#deleted) return this.#fuelAtEnd;
    const left = new Block(8);
    takeError(this.#lib, this.#lib.wasmtime_context_get_fuel(this.#context, left.buffer));
    return this.#limits.fuel - Number(left.view.getBigUint64(0, true));
  }

  /** Where a host function of a call in progress closes the instance, the end of that call does. */
  close(): void {
    this.#closed = true;
    if (this.#calls > 0 || this.#deleted) return;
    if (this.onEnd === undefined) this.delete();
    else this.onEnd(this);
  }

  /** Frees what a closed instance holds. */
  delete(): void {
    if (this.#deleted) return;
    this.#fuelAtEnd = this.fuelUsed();
    this.#deleted = true;
    this.#lib.wasmtime_store_delete(this.#store);
    this.#hostCalls.close();
  }

  #instantiate(engine: Deno.PointerValue, component: Deno.PointerValue, names: ImportNames): void {
    const lib = this.#lib;
    const linker = lib.wasmtime_component_linker_new(engine);
    try {
      const root = lib.wasmtime_component_linker_root(linker);
      this.#hostCalls.define(root, names);
      lib.wasmtime_component_linker_instance_delete(root);
      const failure = takeError(
        lib,
        lib.wasmtime_component_linker_instantiate(linker, this.#context, component, this.#instance.buffer),
      );
      if (failure !== undefined) throw this.#ended(failure);
    } finally {
      lib.wasmtime_component_linker_delete(linker);
    }
  }

  #find(interfaceName: string, functionName: string): Exported {
    const key = `${interfaceName}#${functionName}`;
    const known = this.#exports.get(key);
    if (known !== undefined) return known;
    const lib = this.#lib;
    const outer = utf8(interfaceName);
    const inner = utf8(functionName.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    const instance = this.#instance.buffer;
    const get = lib.wasmtime_component_instance_get_export_index;
    const exported = get(instance, this.#context, null, outer, BigInt(outer.length));
    const index = exported && get(instance, this.#context, exported, inner, BigInt(inner.length));
    const func = new Block(24);
    const found = index !== null &&
      lib.wasmtime_component_instance_get_func(instance, this.#context, index, func.buffer);
    if (index !== null) lib.wasmtime_component_export_index_delete(index);
    if (exported !== null) lib.wasmtime_component_export_index_delete(exported);
    if (!found) {
      throw new EngineError(
        "bad-component",
        this.#plugin,
        `Cannot call plugin ${this.#plugin} as its component does not export ${functionName} of ${interfaceName}`,
      );
    }
    const entry = { func, type: this.#types.get(key) };
    this.#exports.set(key, entry);
    return entry;
  }

  #endBy(error: EngineError): EngineError {
    return this.#end = error;
  }

  /** Says why the component did not come to its end. libwasmtime tells it in words only. */
  #ended(failure: string): EngineError {
    const thrown = this.#hostCalls.takeFailure();
    if (thrown instanceof EngineError) return thrown;
    if (thrown !== undefined) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      return this.#error("host-failure", `the host failed in a call of it: ${reason}`, thrown);
    }
    const cause = rootCause(failure);
    const limit = this.#limitIn(failure, cause);
    if (limit !== undefined) return limitReached(limit, this.#plugin, this.#limits, "128 KiB");
    if (/resource limit exceeded|exceeds table limits/.test(cause)) {
      return this.#error("bad-component", `it has more core instances, memories or tables than it may: ${cause}`);
    }
    if (/no exported instance|was not found in the linker|matching implementation/.test(failure)) {
      return this.#error("bad-component", `it imports what the host does not offer it: ${allCauses(failure)}`);
    }
    return this.#error("trap", `it crashed: ${cause}`);
  }

  #limitIn(failure: string, cause: string): LimitKind | undefined {
    if (cause.includes("all fuel consumed")) return this.#hostCalls.isLate() ? "time-limit" : "fuel-limit";
    if (failure.includes(DENIED_GROWTH) || /exceeds memory limits|GC heap out of memory/.test(cause)) {
      return "memory-limit";
    }
    // libwasmtime itself copies at most 128 MiB out of a component in one call.
    if (cause.includes("too much data is being copied")) return "value-limit";
    return cause.includes("call stack exhausted") ? "stack-limit" : undefined;
  }

  #error(kind: EngineErrorKind, why: string, cause?: unknown): EngineError {
    return new EngineError(kind, this.#plugin, `Cannot finish plugin ${this.#plugin} as ${why}`, { cause });
  }
}

export function namesOf(imports: Imports): ImportNames {
  return Object.entries(imports).map(([name, functions]) => [name, Object.keys(functions)] as const);
}

function isNames(imports: Imports | ImportNames): imports is ImportNames {
  return Array.isArray(imports);
}
