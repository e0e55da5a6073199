// A component that the v8 engine has read, ready to be instantiated any number of times.

import { EngineError, type Imports, type Instance, type Limits, type LoadedComponent } from "../engine.ts";
import { V8Instance } from "./instance.ts";
import { limitModule } from "./limit_module.ts";
import type { CoreModule } from "./protocol.ts";

export class V8LoadedComponent implements LoadedComponent {
  /** Compiled with the memory limit in them, so once for each limit. */
  readonly #compiled = new Map<number, Map<string, CoreModule>>();

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
    let modules: Map<string, CoreModule>;
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

  #modules(memoryBytes: number): Map<string, CoreModule> {
    const known = this.#compiled.get(memoryBytes);
    if (known !== undefined) return known;
    const compiled = new Map<string, CoreModule>();
    for (const [name, bytes] of this.modules) {
      try {
        const { bytes: limited, memories, tables } = limitModule(bytes, memoryBytes);
        compiled.set(name, { module: new WebAssembly.Module(limited), memories, tables });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const [kind, what] = error instanceof RangeError
          ? ["memory-limit" as const, why]
          : ["bad-component" as const, `its core module ${name} cannot be run: ${why}`];
        throw new EngineError(kind, this.plugin, `Cannot run plugin ${this.plugin} as ${what}`);
      }
    }
    this.#compiled.set(memoryBytes, compiled);
    return compiled;
  }
}
