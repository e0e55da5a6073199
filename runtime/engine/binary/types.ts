// Passing over types in a module's sections (WebAssembly core specification, 5.3).

import { MalformedBinary, type Reader } from "./reader.ts";

/** Limits with 64 bit addresses. */
export const ADDRESS64 = 0x04;

/** @returns the flags */
export function skipLimits(reader: Reader): number {
  const flags = reader.byte();
  reader.skipLeb();
  if (flags & 1) reader.skipLeb();
  return flags;
}

/** A number, vector or abstract reference type is one byte; a reference type can have a heap type after it. */
export function skipValueType(reader: Reader): void {
  const type = reader.byte();
  if (type === 0x63 || type === 0x64) reader.skipLeb();
}

/**
 * Reads a whole type section.
 *
 * @returns how many types it has
 * @throws {MalformedBinary} if one is no function: a structure or array of the garbage collection proposal
 */
export function countFunctionTypes(types: Reader): number {
  const count = types.u32();
  for (let i = 0; i < count; i++) {
    if (types.byte() !== 0x60) throw new MalformedBinary("a type that is no function");
    for (let left = types.u32(); left > 0; left--) skipValueType(types);
    for (let left = types.u32(); left > 0; left--) skipValueType(types);
  }
  return count;
}
