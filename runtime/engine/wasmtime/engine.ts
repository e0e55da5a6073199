// The wasmtime engine: libwasmtime's component model through its C API.

import { type ComponentFile, type Engine, EngineError, type LoadedComponent } from "../engine.ts";
import { CompiledCache } from "./compiled_cache.ts";
import { compile } from "./compiler.ts";
import { WasmtimeComponent } from "./component.ts";
import { openLibrary } from "./library.ts";
import { takeError } from "./native_error.ts";
import { Block, cString } from "./native_memory.ts";
import { symbols, type Wasmtime } from "./symbols.ts";
import { ValueCodec } from "./value_codec.ts";
import type { DescribedComponent } from "./value_type.ts";

/** The version whose C API `symbols.ts` describes. */
const VERSION = "50.0.1";
/**
 * Most that a component's calls may take of the thread's stack: recursion beyond it is a trap. Plugins in TypeScript need
 * less than 32 KiB. Plugins that run each other share the thread's stack with V8, which ends the process where it finds
 * less than it expects: so this times the depth that the runner allows has to stay well below V8's 984 KiB.
 */
const STACK_BYTES = 128n * 1024n;

/**
 * Time is bounded in two ways. Fuel, about one a WebAssembly instruction, ends what runs in WebAssembly: always at the
 * same place, at some billions a second. The clock is looked at whenever the component calls the host, and when it is
 * called. A ticker that interrupts WebAssembly by the clock would need a thread, which a short program pays for.
 */
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
   * @param prepares whether instances are made before they are needed. Then each gets its memory as a whole: else it comes
   * page by page as the component touches it, which is less to do in all, but falls into the call (0.8 of 6.3 ms of an ADD).
   * @throws {Error} if the library cannot be had
   */
  constructor(private readonly libraryPath: string, cacheDir: string, prepares = false) {
    this.#library = openLibrary(libraryPath, symbols);
    this.#lib = this.#library.symbols;
    this.#cache = new CompiledCache(cacheDir, VERSION, prepares ? "copy" : "cow");
    this.#codec = new ValueCodec(this.#lib);
    const config = this.#lib.wasm_config_new();
    this.#lib.wasmtime_config_consume_fuel_set(config, true);
    this.#lib.wasmtime_config_max_wasm_stack_set(config, STACK_BYTES);
    this.#lib.wasmtime_config_wasm_component_model_set(config, true);
    if (prepares) copyMemories(libraryPath, config);
    this.#engine = this.#lib.wasm_engine_new_with_config(config);
  }

  load(file: ComponentFile): LoadedComponent {
    const { component, types } = this.#fromCache(file) ?? this.#compile(file);
    return new WasmtimeComponent(this.#lib, this.#codec, this.#engine, component, file.name, types);
  }

  close(): void {
    this.#lib.wasm_engine_delete(this.#engine);
    this.#library.close();
  }

  #fromCache(file: ComponentFile): { component: Deno.PointerValue; types: DescribedComponent } | undefined {
    const found = this.#cache.find(file);
    if (found === undefined) return undefined;
    const out = new Block(8);
    const failure = takeError(
      this.#lib,
      this.#lib.wasmtime_component_deserialize_file(this.#engine, cString(found.codePath), out.buffer),
    );
    // A damaged file is compiled anew, and replaced.
    return failure === undefined ? { component: out.pointer(), types: found.types } : undefined;
  }

  #compile(file: ComponentFile): { component: Deno.PointerValue; types: DescribedComponent } {
    try {
      const bytes = Deno.readFileSync(file.wasmPath);
      refuseOther(file, bytes);
      const { component, code, types } = compile(this.libraryPath, this.#lib, this.#engine, bytes);
      if (code !== undefined) this.#cache.store(file, code, types);
      return { component, types };
    } catch (error) {
      if (error instanceof EngineError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new EngineError(
        "bad-component",
        file.name,
        `Cannot load plugin ${file.name} as ${file.wasmPath} is no component that wasmtime ${VERSION} can run: ${why}`,
      );
    }
  }
}

/** Most programs have no use for the function, and binding it takes time. */
function copyMemories(libraryPath: string, config: Deno.PointerValue): void {
  const library = openLibrary(libraryPath, {
    wasmtime_config_memory_init_cow_set: { parameters: ["pointer", "bool"], result: "void" },
  });
  library.symbols.wasmtime_config_memory_init_cow_set(config, false);
  library.close();
}

/**
 * Code is kept and found by the digest that plugin.json says, so the digest must be true. Hashing is synchronous as all
 * of the engine is, and loads a module of Node's for that: here, where a component is compiled, it does not matter.
 */
function refuseOther(file: ComponentFile, bytes: Uint8Array<ArrayBuffer>): void {
  const digest = process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest("hex");
  if (digest === file.digest) return;
  throw new EngineError(
    "bad-component",
    file.name,
    `Cannot load plugin ${file.name} as ${file.wasmPath} is another component than its plugin.json says: its SHA-256 is ` +
      `${digest}, build.digest is ${file.digest}. Build it again, or put back the one that belongs to it`,
  );
}
