// What a component imports and exports by its own words, read from its bytes: nothing of it is compiled or run.
// Source: the component model's Binary.md, sections 10 (imports) and 11 (exports).

/** Names such as `cnidaria:cni/links@0.3.0`, sorted. */
export interface ComponentNames {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** `\0asm`, version 0x0d, layer 1. */
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const IMPORTS = 10;
const EXPORTS = 11;

/** @throws {Error} if the bytes are no component */
export function componentNames(bytes: Uint8Array): ComponentNames {
  if (PREAMBLE.some((byte, index) => bytes[index] !== byte)) {
    throw new Error("Cannot read component as its first bytes are not those of a component");
  }
  const imports: string[] = [];
  const exports: string[] = [];
  const reader = new Reader(bytes, PREAMBLE.length);
  while (!reader.atEnd()) {
    const id = reader.byte();
    const section = reader.part(reader.leb());
    if (id === IMPORTS) { for (let left = section.leb(); left > 0; left--) imports.push(importOf(section)); }
    if (id === EXPORTS) { for (let left = section.leb(); left > 0; left--) exports.push(exportOf(section)); }
  }
  return { imports: imports.sort(), exports: exports.sort() };
}

function importOf(reader: Reader): string {
  const name = nameOf(reader);
  skipDescription(reader);
  return name;
}

function exportOf(reader: Reader): string {
  const name = nameOf(reader);
  if (reader.byte() === 0x00) reader.byte();
  reader.leb();
  if (reader.byte() === 0x01) skipDescription(reader);
  return name;
}

/** 0x00 a name, 0x01 a name with a version in it, 0x02 the same with a version's suffix after it. */
function nameOf(reader: Reader): string {
  const form = reader.byte();
  const name = reader.text();
  if (form === 0x02) reader.text();
  return name;
}

function skipDescription(reader: Reader): void {
  const sort = reader.byte();
  if (sort === 0x00) reader.byte();
  // A value's and a type's bound: equal to an index, or a type of its own.
  if (sort === 0x02 || sort === 0x03) {
    const bound = reader.byte();
    if (sort === 0x03 && bound === 0x01) return;
  }
  reader.leb();
}

class Reader {
  #at: number;
  constructor(private readonly bytes: Uint8Array, start = 0) {
    this.#at = start;
  }

  atEnd(): boolean {
    return this.#at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.#at++];
    if (byte === undefined) throw new Error("Cannot read component as it ends too early");
    return byte;
  }

  /** An unsigned LEB128 number of up to 32 bits. */
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error("Cannot read component as a number in it is too long");
  }

  part(length: number): Reader {
    if (this.#at + length > this.bytes.length) throw new Error("Cannot read component as it ends too early");
    const part = new Reader(this.bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return part;
  }

  text(): string {
    return new TextDecoder().decode(this.part(this.leb()).bytes);
  }
}
