// A component that libwasmtime has loaded, ready to be instantiated any number of times.

import type { Imports, Instance, Limits, LoadedComponent } from "../engine.ts";
import { WasmtimeInstance } from "./instance.ts";
import type { Wasmtime } from "./symbols.ts";
import type { ValueCodec } from "./value_codec.ts";
import { type DescribedComponent, FunctionTypes } from "./value_type.ts";

export class WasmtimeComponent implements LoadedComponent {
  readonly imports: readonly string[];
  readonly #types: FunctionTypes;
  #closed = false;

  constructor(
    private readonly lib: Wasmtime,
    private readonly codec: ValueCodec,
    private readonly engine: Deno.PointerValue,
    private readonly component: Deno.PointerValue,
    private readonly plugin: string,
    described: DescribedComponent,
  ) {
    this.imports = described.imports;
    this.#types = new FunctionTypes(described.functions);
  }

  instantiate(imports: Imports, limits: Limits): Instance {
    return new WasmtimeInstance(
      this.lib,
      this.codec,
      this.engine,
      this.component,
      this.plugin,
      imports,
      limits,
      this.#types,
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.lib.wasmtime_component_delete(this.component);
  }
}
