// Component values between JavaScript and `wasmtime_component_val_t` (wasmtime/component/val.h), driven by their types.
//
// Layout, 64 bit: a value is 32 bytes, its kind (u8) at 0 and its union at 8. Strings, lists, records, tuples and flags
// are { size, data }; a record's entry is a 16 byte name and a value. Strings and lists must be made by libwasmtime's own
// functions, since it frees them.

import { VALUE_COST, ValueBudget } from "../limit.ts";
import { type Address, Block, textAt, utf8, viewAt } from "./native_memory.ts";
import type { Wasmtime } from "./symbols.ts";
import type { ValueType } from "./value_type.ts";

/** Size of a `wasmtime_component_val_t`. */
export const VALUE_SIZE = 32;
const ENTRY_SIZE = 48;
const NAME_SIZE = 16;
const OF = 8;

/** WASMTIME_COMPONENT_*: the kind byte of a value. */
const KIND = {
  bool: 0,
  s8: 1,
  u8: 2,
  s16: 3,
  u16: 4,
  s32: 5,
  u32: 6,
  s64: 7,
  u64: 8,
  f32: 9,
  f64: 10,
  char: 11,
  string: 12,
  list: 13,
  record: 14,
  tuple: 15,
  variant: 16,
  enum: 17,
  option: 18,
  result: 19,
  flags: 20,
} as const;

/** Thrown where a JavaScript value does not fit the WIT type. */
function misfit(expected: string, value: unknown): TypeError {
  return new TypeError(`Cannot pass a value to the component as it is no ${expected}: ${String(value)}`);
}

export class ValueCodec {
  readonly #lib: Wasmtime;
  /** Payloads of options, variants and results are built here, one slot for each depth, and then moved. */
  readonly #scratch = new Block(64 * VALUE_SIZE);
  #depth = 0;
  #budget = new ValueBudget(0);

  constructor(lib: Wasmtime) {
    this.#lib = lib;
  }

  /**
   * Writes a value at `at`, whose bytes `view` shows from `offset` on. What was there is not freed.
   *
   * @throws {TypeError} if the value does not fit the type; what had been built is left to the caller's `val_delete`
   */
  lower(type: ValueType, value: unknown, view: DataView, offset: number, at: Address): void {
    const of = offset + OF;
    // Kind and zeroes first: libwasmtime can free that, and whatever a failure leaves half built.
    new Uint8Array(view.buffer, view.byteOffset + offset, VALUE_SIZE).fill(0);
    view.setUint8(offset, KIND[type.kind]);
    switch (type.kind) {
      case "bool":
        view.setUint8(of, value ? 1 : 0);
        break;
      case "s8":
        view.setInt8(of, integer(type.kind, value));
        break;
      case "u8":
        view.setUint8(of, integer(type.kind, value));
        break;
      case "s16":
        view.setInt16(of, integer(type.kind, value), true);
        break;
      case "u16":
        view.setUint16(of, integer(type.kind, value), true);
        break;
      case "s32":
        view.setInt32(of, integer(type.kind, value), true);
        break;
      case "u32":
        view.setUint32(of, integer(type.kind, value), true);
        break;
      case "s64":
        if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) throw misfit("s64", value);
        view.setBigInt64(of, value, true);
        break;
      case "u64":
        if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) throw misfit("u64", value);
        view.setBigUint64(of, value, true);
        break;
      case "f32":
        if (typeof value !== "number") throw misfit("f32", value);
        view.setFloat32(of, value, true);
        break;
      case "f64":
        if (typeof value !== "number") throw misfit("f64", value);
        view.setFloat64(of, value, true);
        break;
      case "char":
        view.setUint32(of, codePoint(value), true);
        break;
      case "string":
        if (typeof value !== "string") throw misfit("string", value);
        this.#text(utf8(value), at + OF);
        break;
      case "list":
        this.#lowerList(type.element, value, view, of, at + OF);
        break;
      case "record":
        this.#lowerRecord(type, value, view, of, at + OF);
        break;
      case "tuple": {
        const items = value as unknown[];
        if (!Array.isArray(items) || items.length !== type.types.length) throw misfit("tuple of that length", value);
        this.#lib.wasmtime_component_valtuple_new_uninit(BigInt(at + OF), BigInt(items.length));
        this.#lowerAll(type.types, items, view, of);
        break;
      }
      case "variant": {
        const { tag, val } = tagged(value);
        const chosen = type.cases.get(tag);
        if (chosen === undefined) throw misfit("case of the variant", tag);
        this.#text(chosen.name, at + OF);
        view.setBigUint64(of + NAME_SIZE, this.#payload(chosen.type, val), true);
        break;
      }
      case "enum": {
        const name = type.names.get(value as string);
        if (name === undefined) throw misfit(`case of the enum (${[...type.names.keys()].join(", ")})`, value);
        this.#text(name, at + OF);
        break;
      }
      case "option":
        view.setBigUint64(of, this.#option(type.some, value), true);
        break;
      case "result": {
        // As jco has it inside other types: { tag: "ok" | "err", val }.
        const { tag, val } = tagged(value);
        if (tag !== "ok" && tag !== "err") throw misfit("result", tag);
        view.setUint8(of, tag === "ok" ? 1 : 0);
        view.setBigUint64(of + 8, this.#payload(tag === "ok" ? type.ok : type.err, val), true);
        break;
      }
      case "flags": {
        const set = type.flags.filter(({ key }) => (value as Record<string, boolean>)[key]);
        this.#lib.wasmtime_component_valflags_new_uninit(BigInt(at + OF), BigInt(set.length));
        const data = Number(view.getBigUint64(of + 8, true));
        set.forEach(({ bytes }, i) => this.#text(bytes, data + i * NAME_SIZE));
        break;
      }
    }
  }

  /**
   * Reads values that lie one after the other from `offset` of `view`; they stay owned by whoever owns them.
   *
   * @param bytes most that they may take up together, see `Limits.valueBytes`
   * @throws {ValueTooLarge} before JavaScript has a copy of more than that
   */
  liftAll(types: readonly ValueType[], view: DataView, offset: number, bytes: number): unknown[] {
    this.#budget = new ValueBudget(bytes);
    return types.map((type, i) => this.#lift(type, view, offset + i * VALUE_SIZE));
  }

  #lift(type: ValueType, view: DataView, offset: number): unknown {
    this.#budget.spend(VALUE_COST);
    const of = offset + OF;
    switch (type.kind) {
      case "bool":
        return view.getUint8(of) !== 0;
      case "s8":
        return view.getInt8(of);
      case "u8":
        return view.getUint8(of);
      case "s16":
        return view.getInt16(of, true);
      case "u16":
        return view.getUint16(of, true);
      case "s32":
        return view.getInt32(of, true);
      case "u32":
        return view.getUint32(of, true);
      case "s64":
        return view.getBigInt64(of, true);
      case "u64":
        return view.getBigUint64(of, true);
      case "f32":
        return view.getFloat32(of, true);
      case "f64":
        return view.getFloat64(of, true);
      case "char":
        return String.fromCodePoint(view.getUint32(of, true));
      case "string":
        this.#budget.spend(sizeAt(view, of));
        return textOf(view, of);
      case "enum":
        return textOf(view, of);
      case "list":
        return this.#liftList(type.element, view, of);
      case "record":
        return this.#liftRecord(type, view, of);
      case "tuple": {
        const items = viewOf(view, of, VALUE_SIZE);
        return type.types.map((item, i) => this.#lift(item, items, i * VALUE_SIZE));
      }
      case "variant": {
        const tag = textOf(view, of);
        return this.#liftCase(tag, type.cases.get(tag)?.type, view.getBigUint64(of + NAME_SIZE, true));
      }
      case "option":
        return this.#liftOption(type.some, view.getBigUint64(of, true));
      case "result": {
        const tag = view.getUint8(of) !== 0 ? "ok" : "err";
        return this.#liftCase(tag, tag === "ok" ? type.ok : type.err, view.getBigUint64(of + 8, true));
      }
      case "flags": {
        const names = viewOf(view, of, NAME_SIZE);
        const set = new Set<string>();
        for (let i = 0; i < names.byteLength; i += NAME_SIZE) set.add(textOf(names, i));
        return Object.fromEntries(type.flags.map(({ name, key }) => [key, set.has(name)]));
      }
    }
  }

  #text(bytes: Uint8Array<ArrayBuffer>, at: Address): void {
    this.#lib.wasm_byte_vec_new(BigInt(at), BigInt(bytes.length), bytes);
  }

  #lowerList(element: ValueType, value: unknown, view: DataView, of: number, at: Address): void {
    const items = value as ArrayLike<unknown>;
    if (!(Array.isArray(value) || ArrayBuffer.isView(value))) throw misfit("list", value);
    this.#lib.wasmtime_component_vallist_new_uninit(BigInt(at), BigInt(items.length));
    if (items.length === 0) return;
    const data = Number(view.getBigUint64(of + 8, true));
    const slots = viewAt(data, items.length * VALUE_SIZE);
    blank(slots);
    for (let i = 0; i < items.length; i++) {
      this.lower(element, items[i], slots, i * VALUE_SIZE, data + i * VALUE_SIZE);
    }
  }

  #lowerRecord(
    type: ValueType & { kind: "record" },
    value: unknown,
    view: DataView,
    of: number,
    at: Address,
  ): void {
    if (typeof value !== "object" || value === null) throw misfit("record", value);
    this.#lib.wasmtime_component_valrecord_new_uninit(BigInt(at), BigInt(type.fields.length));
    const data = Number(view.getBigUint64(of + 8, true));
    const entries = viewAt(data, type.fields.length * ENTRY_SIZE);
    blank(entries);
    type.fields.forEach(({ name, key, type: field }, i) => {
      this.#text(name, data + i * ENTRY_SIZE);
      const slot = i * ENTRY_SIZE + NAME_SIZE;
      this.lower(field, (value as Record<string, unknown>)[key], entries, slot, data + slot);
    });
  }

  #lowerAll(types: ValueType[], items: unknown[], view: DataView, of: number): void {
    if (types.length === 0) return;
    const data = Number(view.getBigUint64(of + 8, true));
    const slots = viewAt(data, types.length * VALUE_SIZE);
    blank(slots);
    types.forEach((type, i) => this.lower(type, items[i], slots, i * VALUE_SIZE, data + i * VALUE_SIZE));
  }

  /** The payload of a variant or result, moved to the heap; 0 where the case has none. */
  #payload(type: ValueType | undefined, value: unknown): bigint {
    return type === undefined ? 0n : this.#move(type, value);
  }

  /** An option of an option is { tag: "some", val } or { tag: "none" }, as jco has it. */
  #option(some: ValueType, value: unknown): bigint {
    if (some.kind !== "option") return value === undefined || value === null ? 0n : this.#move(some, value);
    const { tag, val } = tagged(value);
    if (tag !== "some" && tag !== "none") throw misfit("option", tag);
    return tag === "some" ? this.#move(some, val) : 0n;
  }

  #move(type: ValueType, value: unknown): bigint {
    const offset = this.#depth * VALUE_SIZE;
    if (offset >= 64 * VALUE_SIZE) throw misfit("value of a depth up to 64", type.kind);
    const at = this.#scratch.address + offset;
    this.#depth++;
    try {
      this.lower(type, value, this.#scratch.view, offset, at);
      return this.#lib.wasmtime_component_val_new(BigInt(at));
    } catch (error) {
      this.#lib.wasmtime_component_val_delete(BigInt(at));
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #liftAt(type: ValueType, pointer: bigint): unknown {
    return this.#lift(type, viewAt(Number(pointer), VALUE_SIZE), 0);
  }

  #liftCase(tag: string, type: ValueType | undefined, pointer: bigint): { tag: string; val?: unknown } {
    const val = type && this.#liftAt(type, pointer);
    return val === undefined ? { tag } : { tag, val };
  }

  #liftOption(some: ValueType, pointer: bigint): unknown {
    if (some.kind !== "option") return pointer === 0n ? undefined : this.#liftAt(some, pointer);
    return pointer === 0n ? { tag: "none" } : this.#liftCase("some", some, pointer);
  }

  #liftList(element: ValueType, view: DataView, of: number): unknown {
    const length = sizeAt(view, of);
    const isBytes = element.kind === "u8";
    if (isBytes) this.#budget.spend(length);
    else this.#budget.expect(length * VALUE_COST);
    const items = viewOf(view, of, VALUE_SIZE);
    if (isBytes) return Uint8Array.from({ length }, (_, i) => items.getUint8(i * VALUE_SIZE + OF));
    return Array.from({ length }, (_, i) => this.#lift(element, items, i * VALUE_SIZE));
  }

  #liftRecord(type: ValueType & { kind: "record" }, view: DataView, of: number): unknown {
    const entries = viewOf(view, of, ENTRY_SIZE);
    const record: Record<string, unknown> = {};
    type.fields.forEach(({ key, type: field }, i) => {
      const value = this.#lift(field, entries, i * ENTRY_SIZE + NAME_SIZE);
      if (value !== undefined) record[key] = value;
    });
    return record;
  }
}

/** Zeroes are `false` values, which libwasmtime can free. */
function blank(view: DataView): void {
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(0);
}

function textOf(view: DataView, of: number): string {
  return textAt(Number(view.getBigUint64(of + 8, true)), sizeAt(view, of));
}

/** The size of a { size, data } at `of`. */
function sizeAt(view: DataView, of: number): number {
  return Number(view.getBigUint64(of, true));
}

/** The elements of a { size, data } at `of`. */
function viewOf(view: DataView, of: number, elementSize: number): DataView {
  const size = sizeAt(view, of);
  if (size === 0) return new DataView(new ArrayBuffer(0));
  return viewAt(Number(view.getBigUint64(of + 8, true)), size * elementSize);
}

/** A variant or result as jco has it. */
function tagged(value: unknown): { tag: string; val?: unknown } {
  if (typeof value !== "object" || value === null || !("tag" in value)) throw misfit("object with a tag", value);
  return value as { tag: string; val?: unknown };
}

/** Bounds of the integer types that are numbers in JavaScript. */
const BOUNDS = {
  s8: [-0x80, 0x7f],
  u8: [0, 0xff],
  s16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  s32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
} as const;

function integer(kind: keyof typeof BOUNDS, value: unknown): number {
  const [least, most] = BOUNDS[kind];
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) throw misfit(kind, value);
  return value;
}

function codePoint(value: unknown): number {
  const point = typeof value === "string" ? value.codePointAt(0) : undefined;
  if (point === undefined || [...(value as string)].length !== 1) throw misfit("single character", value);
  return point;
}
