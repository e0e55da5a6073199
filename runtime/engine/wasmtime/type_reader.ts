// What a component declares, asked from libwasmtime once, when the component is compiled (wasmtime/component/types/*.h).

import { Block, textAt } from "./native_memory.ts";
import type { Compiler } from "./compiler_symbols.ts";
import { camelCase, type Described, type DescribedComponent } from "./value_type.ts";

/** WASMTIME_COMPONENT_VALTYPE_*, by number. */
const KINDS = [
  ..."bool s8 s16 s32 s64 u8 u16 u32 u64 f32 f64 char string".split(" "),
  ..."list record tuple variant enum option result flags".split(" "),
];
/** WASMTIME_COMPONENT_ITEM_* */
const INSTANCE = 1;
const FUNCTION = 3;

/** A resource, future or stream: no value of it can cross. */
class Uncrossable extends Error {}

type Nth = (nth: bigint, name: Uint8Array, length: Uint8Array, out: Uint8Array) => boolean;

export class TypeReader {
  /** @param engine the `wasm_engine_t` that the components are of */
  constructor(private readonly lib: Compiler, private readonly engine: Deno.PointerValue) {}

  /** Describes a `wasmtime_component_t`. */
  describe(component: Deno.PointerValue): DescribedComponent {
    const { lib, engine } = this;
    const described: DescribedComponent = { imports: [], functions: {} };
    const type = lib.wasmtime_component_type(component);
    const imports: Nth = (i, ...out) => lib.wasmtime_component_type_import_nth(type, engine, i, ...buffers(out));
    for (const { name, item } of this.#items(imports, lib.wasmtime_component_type_import_count(type, engine))) {
      described.imports.push(name);
      this.#interface(name, item, described);
    }
    const exports: Nth = (i, ...out) => lib.wasmtime_component_type_export_nth(type, engine, i, ...buffers(out));
    for (const { name, item } of this.#items(exports, lib.wasmtime_component_type_export_count(type, engine))) {
      this.#interface(name, item, described);
    }
    lib.wasmtime_component_type_delete(type);
    described.imports.sort();
    return described;
  }

  #interface(interfaceName: string, instance: Block, described: DescribedComponent): void {
    if (instance.view.getUint8(0) !== INSTANCE) return;
    const { lib, engine } = this;
    const type = instance.pointer(8);
    const nth: Nth = (i, ...out) => lib.wasmtime_component_instance_type_export_nth(type, engine, i, ...buffers(out));
    for (const { name, item } of this.#items(nth, lib.wasmtime_component_instance_type_export_count(type, engine))) {
      if (item.view.getUint8(0) !== FUNCTION) continue;
      try {
        described.functions[`${interfaceName}#${camelCase(name)}`] = this.#function(item.pointer(8));
      } catch (error) {
        if (!(error instanceof Uncrossable)) throw error;
      }
    }
  }

  /** Names and `wasmtime_component_item_t`s, each freed after its turn. */
  *#items(nth: Nth, count: bigint): Generator<{ name: string; item: Block }> {
    for (let i = 0n; i < count; i++) {
      const { name, length, type: extern } = out();
      nth(i, name.buffer, length.buffer, extern.buffer);
      const item = new Block(32);
      this.lib.wasmtime_component_extern_type(extern.pointer(), item.buffer);
      yield { name: nameOf(name, length), item };
      this.lib.wasmtime_component_item_delete(item.buffer);
      this.lib.wasmtime_component_extern_delete(extern.pointer());
    }
  }

  #function(func: Deno.PointerValue): DescribedComponent["functions"][string] {
    const params: Described[] = [];
    const count = this.lib.wasmtime_component_func_type_param_count(func);
    for (let i = 0n; i < count; i++) {
      const { name, length, type } = out();
      this.lib.wasmtime_component_func_type_param_nth(func, i, name.buffer, length.buffer, type.buffer);
      params.push(this.#take(type));
    }
    const { type } = out();
    const result = this.lib.wasmtime_component_func_type_result(func, type.buffer) ? this.#take(type) : null;
    return { params, result };
  }

  /** Reads a `wasmtime_component_valtype_t`, and frees it. */
  #take(type: Block): Described {
    try {
      return this.#read(KINDS[type.view.getUint8(0)], type.pointer(8));
    } finally {
      this.lib.wasmtime_component_valtype_delete(type.buffer);
    }
  }

  #read(kind: string | undefined, of: Deno.PointerValue): Described {
    const lib = this.lib;
    const { type } = out();
    switch (kind) {
      case undefined:
        throw new Uncrossable();
      case "list":
        lib.wasmtime_component_list_type_element(of, type.buffer);
        return [kind, this.#take(type)];
      case "option":
        lib.wasmtime_component_option_type_ty(of, type.buffer);
        return [kind, this.#take(type)];
      case "record":
        return [kind, this.#fields(of)];
      case "tuple":
        return [kind, this.#tuple(of)];
      case "variant":
        return [kind, this.#cases(of)];
      case "enum":
        return [
          kind,
          names(
            lib.wasmtime_component_enum_type_names_count(of),
            (i, name, length) => lib.wasmtime_component_enum_type_names_nth(of, i, name, length),
          ),
        ];
      case "flags":
        return [
          kind,
          names(
            lib.wasmtime_component_flags_type_names_count(of),
            (i, name, length) => lib.wasmtime_component_flags_type_names_nth(of, i, name, length),
          ),
        ];
      case "result": {
        const err = out().type;
        const ok = lib.wasmtime_component_result_type_ok(of, type.buffer) ? this.#take(type) : null;
        return [kind, ok, lib.wasmtime_component_result_type_err(of, err.buffer) ? this.#take(err) : null];
      }
      default:
        return kind as Described;
    }
  }

  #fields(of: Deno.PointerValue): [string, Described][] {
    return Array.from({ length: Number(this.lib.wasmtime_component_record_type_field_count(of)) }, (_, i) => {
      const { name, length, type } = out();
      this.lib.wasmtime_component_record_type_field_nth(of, BigInt(i), name.buffer, length.buffer, type.buffer);
      return [nameOf(name, length), this.#take(type)];
    });
  }

  #tuple(of: Deno.PointerValue): Described[] {
    return Array.from({ length: Number(this.lib.wasmtime_component_tuple_type_types_count(of)) }, (_, i) => {
      const { type } = out();
      this.lib.wasmtime_component_tuple_type_types_nth(of, BigInt(i), type.buffer);
      return this.#take(type);
    });
  }

  #cases(of: Deno.PointerValue): [string, Described | null][] {
    return Array.from({ length: Number(this.lib.wasmtime_component_variant_type_case_count(of)) }, (_, i) => {
      const { name, length, type, flag } = out();
      const at = [name.buffer, length.buffer, flag.buffer, type.buffer] as const;
      this.lib.wasmtime_component_variant_type_case_nth(of, BigInt(i), ...at);
      return [nameOf(name, length), flag.view.getUint8(0) === 1 ? this.#take(type) : null];
    });
  }
}

type Buffer = Uint8Array<ArrayBuffer>;

function buffers(out: Uint8Array[]): [Buffer, Buffer, Buffer] {
  return out as [Buffer, Buffer, Buffer];
}

function names(count: bigint, nth: (i: bigint, name: Buffer, length: Buffer) => boolean): string[] {
  return Array.from({ length: Number(count) }, (_, i) => {
    const { name, length } = out();
    nth(BigInt(i), name.buffer, length.buffer);
    return nameOf(name, length);
  });
}

/** Room for what a function answers through pointers. */
function out() {
  return { name: new Block(8), length: new Block(8), type: new Block(16), flag: new Block(8) };
}

function nameOf(name: Block, length: Block): string {
  return textAt(Number(name.view.getBigUint64(0, true)), Number(length.view.getBigUint64(0, true)));
}
