// Values as bytes in memory that two threads share. Everything that a component value is made of survives: undefined,
// bigint, NaN and -0, Uint8Array; JSON has none of those.

const TAG = { undefined: 0, null: 1, false: 2, true: 3, number: 4, bigint: 5, text: 6, bytes: 7, array: 8, object: 9 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes into a buffer that grows. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** @returns the bytes, valid until the next call */
  encode(value: unknown): Uint8Array {
    this.#at = 0;
    this.#write(value);
    return this.#bytes.subarray(0, this.#at);
  }

  #write(value: unknown): void {
    this.#reserve(16);
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
        return this.#text(TAG.bigint, value.toString());
      case "string":
        return this.#text(TAG.text, value);
      case "object":
        return this.#object(value);
      default:
        throw new TypeError(`Cannot pass a value to the component as it is a ${typeof value}`);
    }
  }

  #object(value: object | null): void {
    if (value === null) return this.#tag(TAG.null);
    if (value instanceof Uint8Array) {
      this.#head(TAG.bytes, value.length);
      this.#reserve(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    } else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      const items = Array.from(value as unknown as ArrayLike<unknown>);
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

  #text(tag: number, text: string): void {
    this.#reserve(5 + text.length * 3);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#at + 5));
    this.#head(tag, written);
    this.#at += written;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads what `MessageWriter` wrote. */
export function decodeMessage(bytes: Uint8Array<ArrayBuffer>): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const length = () => view.getUint32((at += 4) - 4, true);
  const slice = () => {
    const size = length();
    return bytes.subarray(at, at += size);
  };
  const read = (): unknown => {
    const tag = bytes[at++];
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
        return view.getFloat64((at += 8) - 8, true);
      case TAG.bigint:
        return BigInt(decoder.decode(slice()));
      case TAG.text:
        return decoder.decode(slice());
      case TAG.bytes:
        return slice().slice();
      case TAG.array:
        return Array.from({ length: length() }, read);
      case TAG.object: {
        const count = length();
        const object: Record<string, unknown> = {};
        for (let i = 0; i < count; i++) {
          const key = read() as string;
          object[key] = read();
        }
        return object;
      }
      default:
        throw new TypeError(`Cannot read a message between threads as a tag is not known: ${tag}`);
    }
  };
  return read();
}
