// A component that libwasmtime has loaded, ready to be instantiated any number of times.

import type { Imports, Instance, Limits, LoadedComponent } from "../engine.ts";
import type { ImportNames } from "./host_calls.ts";
import { namesOf, WasmtimeInstance } from "./instance.ts";
import type { Wasmtime } from "./symbols.ts";
import type { ValueCodec } from "./value_codec.ts";
import { type DescribedComponent, FunctionTypes } from "./value_type.ts";

/** Instances that have ended and may wait to be freed, where calls follow each other without a pause. */
const MAX_ENDED = 4;

export class WasmtimeComponent implements LoadedComponent {
  readonly imports: readonly string[];
  readonly #types: FunctionTypes;
  /** What the latest instance imported, and might use up: so will the next one. */
  #latest: { readonly names: ImportNames; readonly limits: Limits } | undefined;
  #prepared: WasmtimeInstance | undefined;
  /** Those that have ended and wait for `prepare` to free them; undefined where nobody calls that. */
  #ended: WasmtimeInstance[] | undefined;
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
    const names = namesOf(imports);
    const prepared = this.#prepared;
    this.#prepared = undefined;
    const fits = prepared !== undefined && prepared.limits === limits && isSame(this.#latest?.names, names);
    this.#latest = { names, limits };
    if (!fits) {
      prepared?.delete();
      return this.#create(imports, limits);
    }
    prepared.bind(imports);
    return prepared;
  }

  prepare(): void {
    for (const instance of this.#ended?.splice(0) ?? []) instance.delete();
    this.#ended ??= [];
    if (this.#latest === undefined || this.#prepared !== undefined) return;
    try {
      this.#prepared = this.#create(this.#latest.names, this.#latest.limits);
    } catch {
      // The next call makes its instance itself, and tells what is wrong.
      this.#latest = undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const instance of [...this.#ended ?? [], this.#prepared]) instance?.delete();
    this.lib.wasmtime_component_delete(this.component);
  }

  #create(imports: Imports | ImportNames, limits: Limits): WasmtimeInstance {
    const ended = this.#ended;
    return new WasmtimeInstance(
      this.lib,
      this.codec,
      this.engine,
      this.component,
      this.plugin,
      imports,
      limits,
      this.#types,
      ended && ((instance) => ended.length < MAX_ENDED ? void ended.push(instance) : instance.delete()),
    );
  }
}

function isSame(some: ImportNames | undefined, others: ImportNames): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
