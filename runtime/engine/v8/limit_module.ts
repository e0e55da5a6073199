// A WebAssembly module's memories and tables have the maximum that their author chose, or none. The limits of a plugin
// are written into the module before it is compiled, so the engine itself refuses to grow beyond them.

import { skipInstruction } from "../binary/instructions.ts";
import { concat, leb, MalformedBinary, Reader, section } from "../binary/reader.ts";
import { countFunctionTypes } from "../binary/types.ts";
import { MAX_TABLE_ELEMENTS } from "../limit.ts";

/** Sections, in the order in which a module has them. */
const TYPES = 1;
const TABLES = 4;
const MEMORIES = 5;
const HAS_MAXIMUM = 0x01;
const PAGE = 65_536;
/** A table that starts with something else than null: type and limits come after two bytes, an expression at the end. */
const WITH_ELEMENT = 0x40;
const END = 0x0b;

/** A module that keeps to limits. */
export interface LimitedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of each it has of its own. */
  readonly memories: number;
  readonly tables: number;
}

/**
 * @param module a core module (WebAssembly core specification, 5.5)
 * @param maxBytes most that each of its memories may have
 * @throws {RangeError} if a memory is larger than it may be from the beginning
 * @throws {MalformedBinary} if it is no module, its table is too large, or it has what cannot be limited: types that are
 *   collected as garbage
 */
export function limitModule(module: Uint8Array, maxBytes: number): LimitedModule {
  if (![0, 0x61, 0x73, 0x6d].every((byte, i) => module[i] === byte)) throw new MalformedBinary("no WebAssembly module");
  const parts: Uint8Array[] = [module.subarray(0, 8)];
  let memories = 0;
  let tables = 0;
  for (const { id, start, content } of new Reader(module).sections()) {
    if (id === TYPES) countFunctionTypes(new Reader(module, content.at, content.end));
    if (id === TABLES) {
      tables = new Reader(module, content.at, content.end).u32();
      parts.push(section(id, limitedVector(content, limitTable)));
    } else if (id === MEMORIES) {
      memories = new Reader(module, content.at, content.end).u32();
      parts.push(section(id, limitedVector(content, (reader) => limitMemory(reader, Math.floor(maxBytes / PAGE)))));
    } else parts.push(module.subarray(start, content.end));
  }
  return { bytes: concat(parts), memories, tables };
}

function limitedVector(reader: Reader, limit: (reader: Reader) => Uint8Array): Uint8Array[] {
  const count = reader.u32();
  const parts = [leb(count)];
  for (let i = 0; i < count; i++) parts.push(limit(reader));
  return parts;
}

function limitMemory(reader: Reader, maxPages: number): Uint8Array {
  const { minimum, bytes } = limits(reader, maxPages);
  if (minimum <= maxPages) return bytes;
  throw new RangeError(
    `its memory starts with ${minimum * PAGE} bytes, more than its limit of ${maxPages * PAGE} (limits.memoryBytes)`,
  );
}

function limitTable(reader: Reader): Uint8Array {
  const start = reader.at;
  let type = reader.byte();
  const hasElement = type === WITH_ELEMENT;
  if (hasElement) {
    reader.skip(1);
    type = reader.byte();
  }
  if (type === 0x63 || type === 0x64) reader.skipLeb();
  const head = reader.bytes.subarray(start, reader.at);
  const { minimum, bytes } = limits(reader, MAX_TABLE_ELEMENTS);
  if (minimum > MAX_TABLE_ELEMENTS) {
    throw new MalformedBinary(`a table that starts with ${minimum} elements, more than ${MAX_TABLE_ELEMENTS}`);
  }
  const after = reader.at;
  if (hasElement) { while (skipInstruction(reader) !== END); }
  return concat([head, bytes, reader.bytes.subarray(after, reader.at)]);
}

/** Limits with a maximum of at most `most`. */
function limits(reader: Reader, most: number): { minimum: number; bytes: Uint8Array } {
  const flags = reader.byte();
  if ((flags & ~HAS_MAXIMUM) !== 0) {
    throw new MalformedBinary("a memory or table that is shared or of 64 bit addresses");
  }
  const minimum = reader.u32();
  const maximum = flags & HAS_MAXIMUM ? reader.u32() : Infinity;
  return { minimum, bytes: concat([Uint8Array.of(HAS_MAXIMUM), leb(minimum), leb(Math.min(maximum, most))]) };
}
