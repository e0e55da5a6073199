// A component that the v8 engine has read, ready to be instantiated any number of times.

import { EngineError, type Imports, type Instance, type Limits, type LoadedComponent } from "../engine.ts";
import { V8Instance } from "./instance.ts";
import { limitMemory } from "./limit_memory.ts";

export class V8LoadedComponent implements LoadedComponent {
  /** Compiled with the memory limit in them, so once for each limit. */
  readonly #compiled = new Map<number, Map<string, WebAssembly.Module>>();

  constructor(
    private readonly plugin: string,
    private readonly worker: URL,
    readonly imports: readonly string[],
    private readonly glue: string,
    private readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ) {}

  instantiate(imports: Imports, limits: Limits): Instance {
    const deadline = performance.now() + limits.timeMs;
    // The worker starts while the modules are compiled.
    const worker = new Worker(this.worker, { type: "module", name: this.plugin });
    let modules: Map<string, WebAssembly.Module>;
    try {
      modules = this.#modules(limits.memoryBytes);
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return new V8Instance(this.plugin, worker, this.glue, modules, imports, limits, deadline);
  }

  close(): void {
    this.#compiled.clear();
  }

  #modules(memoryBytes: number): Map<string, WebAssembly.Module> {
    const known = this.#compiled.get(memoryBytes);
    if (known !== undefined) return known;
    const compiled = new Map<string, WebAssembly.Module>();
    for (const [name, bytes] of this.modules) {
      try {
        compiled.set(name, new WebAssembly.Module(limitMemory(bytes, memoryBytes)));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const [kind, what] = error instanceof RangeError
          ? ["memory-limit" as const, why]
          : ["bad-component" as const, `its core module ${name} is damaged: ${why}`];
        throw new EngineError(kind, this.plugin, `Cannot run plugin ${this.plugin} as ${what}`);
      }
    }
    this.#compiled.set(memoryBytes, compiled);
    return compiled;
  }
}
