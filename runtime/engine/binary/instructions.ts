// Where an instruction ends (WebAssembly core specification, 5.4), as far as it takes to find one kind among all.

import { MalformedBinary, type Reader } from "./reader.ts";

export const MEMORY_GROW = 0x40;

/**
 * Passes over one instruction.
 *
 * @returns its opcode
 * @throws {MalformedBinary} if it is none that is known here
 */
export function skipInstruction(reader: Reader): number {
  const opcode = reader.byte();
  if (opcode >= 0x45 && opcode <= 0xc4) return opcode;
  if (opcode >= 0x28 && opcode <= 0x3e) skipMemoryArgument(reader);
  else if (opcode >= 0x20 && opcode <= 0x26) reader.skipLeb();
  else skipOther(reader, opcode);
  return opcode;
}

function skipOther(reader: Reader, opcode: number): void {
  switch (opcode) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0a: // throw_ref
    case 0x0b: // end
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
    case 0xd1: // ref.is_null
      return;
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
    case 0x08: // throw
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
    case 0x12: // return_call
    case 0x3f: // memory.size
    case MEMORY_GROW:
    case 0x41: // i32.const
    case 0x42: // i64.const
    case 0xd0: // ref.null
    case 0xd2: // ref.func
      return reader.skipLeb();
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      reader.skipLeb();
      return reader.skipLeb();
    case 0x0e: // br_table
      for (let left = reader.u32(); left >= 0; left--) reader.skipLeb();
      return;
    case 0x1c: // select with types
      for (let left = reader.u32(); left > 0; left--) reader.skipLeb();
      return;
    case 0x43: // f32.const
      return reader.skip(4);
    case 0x44: // f64.const
      return reader.skip(8);
    case 0xfc:
      return skipMiscellaneous(reader);
    case 0xfd:
      return skipVector(reader);
    default:
      throw new MalformedBinary(`the instruction 0x${opcode.toString(16)} at byte ${reader.at - 1} is not known here`);
  }
}

/** Alignment, whose bit 6 says that a memory index follows, and offset. */
function skipMemoryArgument(reader: Reader): void {
  if (reader.u32() & 0x40) reader.skipLeb();
  reader.skipLeb();
}

/** Saturating conversions, and bulk memory and table instructions. */
function skipMiscellaneous(reader: Reader): void {
  const opcode = reader.u32();
  if (opcode <= 7) return;
  if (opcode > 17) throw new MalformedBinary(`the instruction 0xfc ${opcode} is not known here`);
  // memory.init, memory.copy, table.init and table.copy name two things.
  if ([8, 10, 12, 14].includes(opcode)) reader.skipLeb();
  reader.skipLeb();
}

function skipVector(reader: Reader): void {
  const opcode = reader.u32();
  if (opcode <= 11 || opcode === 92 || opcode === 93) skipMemoryArgument(reader);
  else if (opcode === 12 || opcode === 13) reader.skip(16);
  else if (opcode >= 21 && opcode <= 34) reader.skip(1);
  else if (opcode >= 84 && opcode <= 91) {
    skipMemoryArgument(reader);
    reader.skip(1);
  }
}
