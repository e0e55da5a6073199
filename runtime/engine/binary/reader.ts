// Reading and writing the WebAssembly binary format (core specification, chapter 5).

/** Bytes that are not what the format says. */
export class MalformedBinary extends Error {
  override readonly name = "MalformedBinary";
}

export class Reader {
  /** @param at offset of the next byte @param end offset after the last one */
  constructor(readonly bytes: Uint8Array, public at = 0, readonly end = bytes.length) {}

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw new MalformedBinary(`it is cut short at byte ${this.end}`);
    return this.bytes[this.at++]!;
  }

  /** An unsigned LEB128 number. */
  u32(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new MalformedBinary(`a number at byte ${this.at} is too long`);
  }

  /** Passes over a LEB128 number of any width. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    if (this.at + count > this.end) throw new MalformedBinary(`it is cut short at byte ${this.end}`);
    this.at += count;
  }

  text(): string {
    const length = this.u32();
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  /** Sections of a module or component: their ids, and readers of their contents. */
  *sections(): Generator<{ id: number; start: number; content: Reader }> {
    this.skip(8);
    while (!this.atEnd) {
      const start = this.at;
      const id = this.byte();
      const size = this.u32();
      this.skip(size);
      yield { id, start, content: new Reader(this.bytes, this.at - size, this.at) };
    }
  }
}

/** A number as unsigned LEB128. */
export function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Uint8Array.of(...bytes, value);
}

/** Byte strings, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A section of a module or component. */
export function section(id: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(parts);
  return concat([Uint8Array.of(id), leb(content.length), content]);
}

/** Whether the bytes start as a component does: magic number, version 13, layer 1. */
export function isComponent(bytes: Uint8Array): boolean {
  return [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00].every((byte, i) => bytes[i] === byte);
}
