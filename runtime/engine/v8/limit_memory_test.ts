import { assertEquals, assertThrows } from "@std/assert";
import { limitMemory } from "./limit_memory.ts";

/** A module with one memory of `min` pages, exported as `m`. */
function moduleWithMemory(...limits: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[5, limits.length + 1, 1, ...limits],
    ...[7, 5, 1, 1, 0x6d, 2, 0],
  );
}

function memoryOf(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Memory {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports["m"] as WebAssembly.Memory;
}

Deno.test("limitMemory() keeps a memory from growing beyond the limit", () => {
  const memory = memoryOf(limitMemory(moduleWithMemory(0, 1), 10 * 65_536));
  memory.grow(9);
  assertThrows(() => memory.grow(1), RangeError);
});

Deno.test("limitMemory() keeps a smaller maximum of the module's own", () => {
  const memory = memoryOf(limitMemory(moduleWithMemory(1, 1, 3), 10 * 65_536));
  memory.grow(2);
  assertThrows(() => memory.grow(1), RangeError);
});

Deno.test("limitMemory() refuses a memory that is too large from the beginning", () => {
  assertThrows(() => limitMemory(moduleWithMemory(0, 20), 10 * 65_536), RangeError, "starts with 1310720 bytes");
});

Deno.test("limitMemory() leaves a module without a memory as it is, and refuses other bytes", () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  assertEquals(limitMemory(empty, 65_536), empty);
  assertThrows(() => limitMemory(Uint8Array.of(1, 2, 3), 65_536), TypeError, "no WebAssembly module");
});
