// Compiling a component: once for each, at installation or at its first use.

import { trapOnDeniedGrowth } from "../memory_growth.ts";
import { compilerSymbols } from "./compiler_symbols.ts";
import { openLibrary } from "./library.ts";
import { rootCause, takeError } from "./native_error.ts";
import { Block, bytesAt } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";
import { TypeReader } from "./type_reader.ts";
import type { DescribedComponent } from "./value_type.ts";

export interface CompiledComponent {
  /** A `wasmtime_component_t`, the caller's. */
  readonly component: Deno.PointerValue;
  /** The same as bytes for the cache; undefined where libwasmtime cannot make them. */
  readonly code: Uint8Array | undefined;
  readonly types: DescribedComponent;
}

/**
 * @param libraryPath absolute path of libwasmtime.so
 * @param engine the `wasm_engine_t` that the component is for
 * @throws {TypeError} with libwasmtime's words, if the bytes are no component
 */
export function compile(
  libraryPath: string,
  lib: Wasmtime,
  engine: Deno.PointerValue,
  bytes: Uint8Array<ArrayBuffer>,
): CompiledComponent {
  const compiler = openLibrary(libraryPath, compilerSymbols);
  try {
    const changed = trapOnDeniedGrowth(bytes);
    const out = new Block(16);
    const length = BigInt(changed.length);
    const failure = takeError(lib, compiler.symbols.wasmtime_component_new(engine, changed, length, out.buffer));
    if (failure !== undefined) throw new TypeError(rootCause(failure));
    const component = out.pointer();
    const types = new TypeReader(compiler.symbols, engine).describe(component);
    const unserialized = takeError(lib, compiler.symbols.wasmtime_component_serialize(component, out.buffer));
    if (unserialized !== undefined) return { component, code: undefined, types };
    const code = bytesAt(Number(out.view.getBigUint64(8, true)), Number(out.view.getBigUint64(0, true)));
    lib.wasm_byte_vec_delete(out.buffer);
    return { component, code, types };
  } finally {
    compiler.close();
  }
}
