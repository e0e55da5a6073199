// Values as bytes in memory that two threads share. Everything that a component value is made of survives: undefined,
// bigint, NaN and -0, Uint8Array; JSON has none of those.

import { VALUE_COST, type ValueBudget } from "../limit.ts";

const TAG = { undefined: 0, null: 1, false: 2, true: 3, number: 4, bigint: 5, text: 6, bytes: 7, array: 8, object: 9 };
/** Deeper than any WIT type that is of use. */
const MAX_DEPTH = 100;
/** Of a u64 or s64 in decimal. */
const MAX_BIGINT_DIGITS = 20;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes that no `MessageWriter` wrote. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** Writes into a buffer that grows. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #budget: ValueBudget | undefined;

  /**
   * @param budget what the values may take up, see `Limits.valueBytes`
   * @returns the bytes, valid until the next call
   * @throws {ValueTooLarge}
   */
  encode(value: unknown, budget?: ValueBudget): Uint8Array {
    this.#at = 0;
    this.#budget = budget;
    this.#write(value);
    return this.#bytes.subarray(0, this.#at);
  }

  #write(value: unknown): void {
    this.#reserve(16);
    this.#budget?.spend(VALUE_COST);
    switch (typeof value) {
      case "undefined":
        return this.#tag(TAG.undefined);
      case "boolean":
        return this.#tag(value ? TAG.true : TAG.false);
      case "number":
        this.#tag(TAG.number);
        this.#view.setFloat64(this.#at, value, true);
        this.#at += 8;
        return;
      case "bigint":
        this.#text(TAG.bigint, value.toString());
        return;
      case "string":
        this.#budget?.expect(value.length);
        return this.#counted(this.#text(TAG.text, value));
      case "object":
        return this.#object(value);
      default:
        throw new TypeError(`Cannot pass a value to the component as it is a ${typeof value}`);
    }
  }

  #counted(bytes: number): void {
    this.#budget?.spend(bytes);
  }

  #object(value: object | null): void {
    if (value === null) return this.#tag(TAG.null);
    if (value instanceof Uint8Array) {
      this.#budget?.spend(value.length);
      this.#head(TAG.bytes, value.length);
      this.#reserve(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    } else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      const items = Array.from(value as unknown as ArrayLike<unknown>);
      this.#budget?.expect(items.length * VALUE_COST);
      this.#head(TAG.array, items.length);
      for (const item of items) this.#write(item);
    } else {
      // As the wasmtime engine has it: what is not there has no key.
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      this.#head(TAG.object, entries.length);
      for (const [key, item] of entries) {
        this.#text(TAG.text, key);
        this.#write(item);
      }
    }
  }

  #tag(tag: number): void {
    this.#bytes[this.#at++] = tag;
  }

  #head(tag: number, length: number): void {
    this.#tag(tag);
    this.#view.setUint32(this.#at, length, true);
    this.#at += 4;
  }

  /** @returns the bytes of the text */
  #text(tag: number, text: string): number {
    this.#reserve(5 + text.length * 3);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#at + 5));
    this.#head(tag, written);
    this.#at += written;
    return written;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/**
 * Reads what `MessageWriter` wrote.
 *
 * @throws {MalformedMessage} for any other bytes
 */
export function decodeMessage(bytes: Uint8Array<ArrayBuffer>): unknown {
  const reader = new MessageReader(bytes);
  const value = reader.read(0);
  if (!reader.atEnd) throw malformed("it has bytes after its end");
  return value;
}

class MessageReader {
  readonly #view: DataView;
  #at = 0;

  constructor(private readonly bytes: Uint8Array<ArrayBuffer>) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  read(depth: number): unknown {
    if (depth > MAX_DEPTH) throw malformed(`it is nested more than ${MAX_DEPTH} deep`);
    const tag = this.#view.getUint8(this.#take(1));
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.number:
        return this.#view.getFloat64(this.#take(8), true);
      case TAG.bigint:
        return this.#bigint();
      case TAG.text:
        return decoder.decode(this.#slice());
      case TAG.bytes:
        return this.#slice().slice();
      case TAG.array:
        return Array.from({ length: this.#count(1) }, () => this.read(depth + 1));
      case TAG.object:
        return this.#object(depth);
      default:
        throw malformed(`a tag is not known: ${tag}`);
    }
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (let left = this.#count(2); left > 0; left--) {
      const key = this.read(depth + 1);
      // The name of no WIT field; to set it would be another thing than to add a key.
      if (typeof key !== "string" || key === "__proto__") throw malformed(`a key cannot be one: ${String(key)}`);
      object[key] = this.read(depth + 1);
    }
    return object;
  }

  #bigint(): bigint {
    const text = decoder.decode(this.#slice());
    const digits = text.startsWith("-") ? text.slice(1) : text;
    if (!/^\d+$/.test(digits) || digits.length > MAX_BIGINT_DIGITS) {
      throw malformed(`a number is not of 64 bit: ${text}`);
    }
    return BigInt(text);
  }

  #slice(): Uint8Array<ArrayBuffer> {
    const size = this.#view.getUint32(this.#take(4), true);
    const start = this.#take(size);
    return this.bytes.subarray(start, start + size);
  }

  /** How many items follow; there are at least `least` bytes for each. */
  #count(least: number): number {
    const count = this.#view.getUint32(this.#take(4), true);
    if (count * least > this.bytes.length - this.#at) throw malformed(`it is cut short: ${count} items`);
    return count;
  }

  /** @returns where the next `size` bytes begin */
  #take(size: number): number {
    const at = this.#at;
    if (size > this.bytes.length - at) throw malformed(`it is cut short: ${size} bytes at ${at}`);
    this.#at += size;
    return at;
  }
}

function malformed(why: string): MalformedMessage {
  return new MalformedMessage(`Cannot read a message between threads as ${why}`);
}
