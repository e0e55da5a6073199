// A component that libwasmtime has loaded, ready to be instantiated any number of times.

import type { Imports, Instance, Limits, LoadedComponent } from "../engine.ts";
import { WasmtimeInstance } from "./instance.ts";
import { Block, textAt } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";
import type { ValueCodec } from "./value_codec.ts";
import type { FunctionTypes } from "./value_type.ts";

export class WasmtimeComponent implements LoadedComponent {
  #imports: readonly string[] | undefined;
  readonly #types: FunctionTypes = new Map();
  #closed = false;

  constructor(
    private readonly lib: Wasmtime,
    private readonly codec: ValueCodec,
    private readonly engine: Deno.PointerValue,
    private readonly component: Deno.PointerValue,
    private readonly plugin: string,
  ) {}

  get imports(): readonly string[] {
    return this.#imports ??= this.#readImports();
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

  #readImports(): string[] {
    const lib = this.lib;
    const type = lib.wasmtime_component_type(this.component);
    const count = Number(lib.wasmtime_component_type_import_count(type, this.engine));
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const name = new Block(8);
      const length = new Block(8);
      const item = new Block(8);
      lib.wasmtime_component_type_import_nth(
        type,
        this.engine,
        BigInt(i),
        name.buffer,
        length.buffer,
        item.buffer,
      );
      names.push(textAt(Number(name.view.getBigUint64(0, true)), Number(length.view.getBigUint64(0, true))));
      lib.wasmtime_component_extern_delete(item.pointer());
    }
    lib.wasmtime_component_type_delete(type);
    return names.sort();
  }
}
