// A WebAssembly module's memories have the maximum that their author chose, or none. The limit of a plugin is written into
// the module's memory section before it is compiled, so the engine itself refuses to grow beyond it.

const MAGIC = 0x6d736100;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 0x01;
const PAGE = 65_536;

/**
 * @param module a core module (WebAssembly core specification, 5.5.8: memory section)
 * @param maxBytes most that each of its memories may have
 * @returns the module, changed where it has a memory section
 * @throws {RangeError} if a memory is larger than that from the beginning
 */
export function limitMemory(module: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(module.buffer, module.byteOffset, module.byteLength);
  if (module.length < 8 || view.getUint32(0, true) !== MAGIC) throw new TypeError("no WebAssembly module");
  const reader = new Reader(module, 8);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const end = reader.at + size;
    if (id === MEMORY_SECTION) {
      const section = limitedSection(reader, Math.floor(maxBytes / PAGE));
      return concat([
        module.subarray(0, start),
        Uint8Array.of(MEMORY_SECTION, ...leb(section.length), ...section),
        module.subarray(end),
      ]);
    }
    reader.at = end;
  }
  return concat([module]);
}

function limitedSection(reader: Reader, maxPages: number): number[] {
  const count = reader.u32();
  const section = leb(count);
  for (let i = 0; i < count; i++) {
    const flags = reader.byte();
    const minimum = reader.u32();
    const maximum = flags & HAS_MAXIMUM ? reader.u32() : Infinity;
    if (minimum > maxPages) {
      throw new RangeError(`its memory starts with ${minimum * PAGE} bytes, more than its limit of ${maxPages * PAGE}`);
    }
    section.push(flags | HAS_MAXIMUM, ...leb(minimum), ...leb(Math.min(maximum, maxPages)));
  }
  return section;
}

class Reader {
  constructor(private readonly bytes: Uint8Array, public at: number) {}

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new TypeError("a WebAssembly module that is cut off");
    return value;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new TypeError("a WebAssembly module with a broken number");
  }
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const byte = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? byte | 0x80 : byte);
  } while (value > 0);
  return bytes;
}

function concat(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
