// The wasmtime engine: libwasmtime's component model through its C API.

import { type ComponentFile, type Engine, EngineError, type LoadedComponent } from "../engine.ts";
import { trapOnDeniedGrowth } from "../memory_growth.ts";
import { CompiledCache } from "./compiled_cache.ts";
import { WasmtimeComponent } from "./component.ts";
import { openLibrary } from "./library.ts";
import { rootCause, takeError } from "./native_error.ts";
import { Block, cString, viewAt } from "./native_memory.ts";
import type { symbols, Wasmtime } from "./symbols.ts";
import { ValueCodec } from "./value_codec.ts";

/** The version whose C API `symbols.ts` describes. */
const VERSION = "50.0.1";
const STACK_BYTES = 512n * 1024n;

export class WasmtimeEngine implements Engine {
  readonly name = "wasmtime";
  readonly version = VERSION;
  readonly #library: Deno.DynamicLibrary<typeof symbols>;
  readonly #lib: Wasmtime;
  readonly #codec: ValueCodec;
  readonly #engine: Deno.PointerValue;
  readonly #cache: CompiledCache;

  /**
   * @param libraryPath absolute path of libwasmtime.so
   * @param cacheDir where compiled components are kept
   * @throws {Error} if the library cannot be had
   */
  constructor(libraryPath: string, cacheDir: string) {
    this.#library = openLibrary(libraryPath);
    this.#lib = this.#library.symbols;
    this.#cache = new CompiledCache(cacheDir, VERSION);
    this.#codec = new ValueCodec(this.#lib);
    const config = this.#lib.wasm_config_new();
    this.#lib.wasmtime_config_consume_fuel_set(config, true);
    this.#lib.wasmtime_config_max_wasm_stack_set(config, STACK_BYTES);
    this.#lib.wasmtime_config_wasm_component_model_set(config, true);
    this.#engine = this.#lib.wasm_engine_new_with_config(config);
  }

  load(file: ComponentFile): LoadedComponent {
    const component = this.#fromCache(file) ?? this.#compile(file);
    return new WasmtimeComponent(this.#lib, this.#codec, this.#engine, component, file.name);
  }

  close(): void {
    this.#lib.wasm_engine_delete(this.#engine);
    this.#library.close();
  }

  #fromCache(file: ComponentFile): Deno.PointerValue | undefined {
    const path = this.#cache.find(file);
    if (path === undefined) return undefined;
    const out = new Block(8);
    const failure = takeError(
      this.#lib,
      this.#lib.wasmtime_component_deserialize_file(this.#engine, cString(path), out.buffer),
    );
    // A damaged file is compiled anew, and replaced.
    return failure === undefined ? out.pointer() : undefined;
  }

  #compile(file: ComponentFile): Deno.PointerValue {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = trapOnDeniedGrowth(Deno.readFileSync(file.wasmPath));
    } catch (error) {
      throw this.#bad(file, error instanceof Error ? error.message : String(error));
    }
    const out = new Block(8);
    const failure = takeError(
      this.#lib,
      this.#lib.wasmtime_component_new(this.#engine, bytes, BigInt(bytes.length), out.buffer),
    );
    if (failure !== undefined) throw this.#bad(file, rootCause(failure));
    const component = out.pointer();
    this.#store(file, component);
    return component;
  }

  #store(file: ComponentFile, component: Deno.PointerValue): void {
    const bytes = new Block(16);
    if (takeError(this.#lib, this.#lib.wasmtime_component_serialize(component, bytes.buffer)) !== undefined) return;
    const view = viewAt(Number(bytes.view.getBigUint64(8, true)), Number(bytes.view.getBigUint64(0, true)));
    this.#cache.store(file, new Uint8Array(view.buffer));
    this.#lib.wasm_byte_vec_delete(bytes.buffer);
  }

  #bad(file: ComponentFile, why: string): EngineError {
    return new EngineError(
      "bad-component",
      file.name,
      `Cannot load plugin ${file.name} as ${file.wasmPath} is no component that wasmtime ${VERSION} can run: ${why}`,
    );
  }
}
