// The names that a component imports, read from its binary (Component Model, Binary.md).

const COMPONENT_MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const IMPORT_SECTION = 10;
/** externdesc: core module, func, value, type, component, instance. */
const CORE_MODULE = 0x00;
const VALUE = 0x02;
const TYPE = 0x03;

/**
 * The imports of a component, sorted.
 *
 * @throws {RangeError} if the bytes are no component
 */
export function componentImports(bytes: Uint8Array): string[] {
  if (COMPONENT_MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new RangeError("Cannot read the imports as the bytes are no component: wrong magic number, version or layer");
  }
  const names: string[] = [];
  const reader = new Reader(bytes, COMPONENT_MAGIC.length);
  while (!reader.atEnd) {
    const id = reader.byte();
    const end = reader.u32() + reader.at;
    if (id === IMPORT_SECTION) {
      for (let left = reader.u32(); left > 0; left--) names.push(importName(reader));
    }
    reader.at = end;
  }
  return names.sort();
}

function importName(reader: Reader): string {
  const form = reader.byte();
  const name = reader.text();
  if (form === 0x02) throw new RangeError(`Cannot read import ${name} as it has options that are not known here`);
  const kind = reader.byte();
  if (kind === CORE_MODULE) reader.byte();
  if (kind === VALUE) throw new RangeError(`Cannot read import ${name} as it is a value`);
  if (kind === TYPE && reader.byte() === 0x01) return name;
  reader.u32();
  return name;
}

class Reader {
  constructor(private readonly bytes: Uint8Array, public at: number) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError("Cannot read the imports as the component is cut short");
    return byte;
  }

  /** LEB128. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError("Cannot read the imports as a number has too many bytes");
  }

  text(): string {
    const length = this.u32();
    if (this.at + length > this.bytes.length) {
      throw new RangeError("Cannot read the imports as the component is cut short");
    }
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}
