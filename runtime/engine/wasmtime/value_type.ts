// The types of component values, read once from what a component declares (wasmtime/component/types/val.h).

import { Block, textAt } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";

/** A WIT type. Names are kept in both forms: as WIT has them, and camelCase as jco maps record fields and flags. */
export type ValueType =
  | { kind: "bool" | "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "s64" | "u64" | "f32" | "f64" | "char" | "string" }
  | { kind: "list"; element: ValueType }
  | { kind: "record"; fields: { name: Uint8Array<ArrayBuffer>; key: string; type: ValueType }[] }
  | { kind: "tuple"; types: ValueType[] }
  | { kind: "variant"; cases: Map<string, { name: Uint8Array<ArrayBuffer>; type: ValueType | undefined }> }
  | { kind: "enum"; names: Map<string, Uint8Array<ArrayBuffer>> }
  | { kind: "option"; some: ValueType }
  | { kind: "result"; ok: ValueType | undefined; err: ValueType | undefined }
  | { kind: "flags"; flags: { name: string; bytes: Uint8Array<ArrayBuffer>; key: string }[] };

/** Parameters and result of a function. */
export interface FunctionType {
  params: ValueType[];
  result: ValueType | undefined;
}

/** Types by `interface#function`, kept for a component: reading them takes longer than a call. */
export type FunctionTypes = Map<string, FunctionType>;

/** WASMTIME_COMPONENT_VALTYPE_*, by number. */
const KINDS = [
  ..."bool s8 s16 s32 s64 u8 u16 u32 u64 f32 f64 char string".split(" "),
  ..."list record tuple variant enum option result flags".split(" "),
];

/** `peer-index` is `peerIndex` in JavaScript. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads a function's type. The pointer stays the caller's. */
export function readFunctionType(lib: Wasmtime, func: Deno.PointerValue): FunctionType {
  const reader = new TypeReader(lib);
  const params: ValueType[] = [];
  const count = Number(lib.wasmtime_component_func_type_param_count(func));
  for (let i = 0; i < count; i++) {
    const { name, length, type } = out();
    lib.wasmtime_component_func_type_param_nth(func, BigInt(i), name.buffer, length.buffer, type.buffer);
    params.push(reader.take(type));
  }
  const { type } = out();
  const result = lib.wasmtime_component_func_type_result(func, type.buffer) ? reader.take(type) : undefined;
  return { params, result };
}

function out() {
  return { name: new Block(8), length: new Block(8), type: new Block(16), flag: new Block(8) };
}

function nameOf(name: Block, length: Block): string {
  return textAt(Number(name.view.getBigUint64(0, true)), Number(length.view.getBigUint64(0, true)));
}

class TypeReader {
  readonly #lib: Wasmtime;

  constructor(lib: Wasmtime) {
    this.#lib = lib;
  }

  /** Reads a `wasmtime_component_valtype_t`, and frees it. */
  take(type: Block): ValueType {
    const kind = KINDS[type.view.getUint8(0)];
    const read = this.#read(kind, type.pointer(8));
    this.#lib.wasmtime_component_valtype_delete(type.buffer);
    return read;
  }

  #read(kind: string | undefined, of: Deno.PointerValue): ValueType {
    const lib = this.#lib;
    switch (kind) {
      case "list": {
        const { type } = out();
        lib.wasmtime_component_list_type_element(of, type.buffer);
        return { kind, element: this.take(type) };
      }
      case "record": {
        const count = Number(lib.wasmtime_component_record_type_field_count(of));
        return { kind, fields: Array.from({ length: count }, (_, i) => this.#field(of, i)) };
      }
      case "tuple": {
        const count = Number(lib.wasmtime_component_tuple_type_types_count(of));
        const types = Array.from({ length: count }, (_, i) => {
          const { type } = out();
          lib.wasmtime_component_tuple_type_types_nth(of, BigInt(i), type.buffer);
          return this.take(type);
        });
        return { kind, types };
      }
      case "variant":
        return this.#variant(of);
      case "enum": {
        const names = this.#names(
          Number(lib.wasmtime_component_enum_type_names_count(of)),
          (i, name, length) => lib.wasmtime_component_enum_type_names_nth(of, i, name, length),
        );
        return { kind, names: new Map(names.map((name) => [name, new TextEncoder().encode(name)])) };
      }
      case "option": {
        const { type } = out();
        lib.wasmtime_component_option_type_ty(of, type.buffer);
        return { kind, some: this.take(type) };
      }
      case "result": {
        const ok = out().type;
        const err = out().type;
        return {
          kind,
          ok: lib.wasmtime_component_result_type_ok(of, ok.buffer) ? this.take(ok) : undefined,
          err: lib.wasmtime_component_result_type_err(of, err.buffer) ? this.take(err) : undefined,
        };
      }
      case "flags": {
        const names = this.#names(
          Number(lib.wasmtime_component_flags_type_names_count(of)),
          (i, name, length) => lib.wasmtime_component_flags_type_names_nth(of, i, name, length),
        );
        const flags = names.map((name) => ({ name, bytes: new TextEncoder().encode(name), key: camelCase(name) }));
        return { kind, flags };
      }
      case undefined:
        throw new TypeError("Cannot use the component as a function has a resource, future or stream in its type");
      default:
        return { kind } as ValueType;
    }
  }

  #field(of: Deno.PointerValue, i: number) {
    const { name, length, type } = out();
    this.#lib.wasmtime_component_record_type_field_nth(of, BigInt(i), name.buffer, length.buffer, type.buffer);
    const text = nameOf(name, length);
    return { name: new TextEncoder().encode(text), key: camelCase(text), type: this.take(type) };
  }

  #variant(of: Deno.PointerValue): ValueType {
    const lib = this.#lib;
    const cases = new Map<string, { name: Uint8Array<ArrayBuffer>; type: ValueType | undefined }>();
    const count = Number(lib.wasmtime_component_variant_type_case_count(of));
    for (let i = 0; i < count; i++) {
      const { name, length, type, flag } = out();
      lib.wasmtime_component_variant_type_case_nth(
        of,
        BigInt(i),
        name.buffer,
        length.buffer,
        flag.buffer,
        type.buffer,
      );
      const text = nameOf(name, length);
      const payload = flag.view.getUint8(0) === 1 ? this.take(type) : undefined;
      cases.set(text, { name: new TextEncoder().encode(text), type: payload });
    }
    return { kind: "variant", cases };
  }

  #names(
    count: number,
    nth: (i: bigint, name: Uint8Array<ArrayBuffer>, length: Uint8Array<ArrayBuffer>) => boolean,
  ): string[] {
    return Array.from({ length: count }, (_, i) => {
      const { name, length } = out();
      nth(BigInt(i), name.buffer, length.buffer);
      return nameOf(name, length);
    });
  }
}
