import { assertEquals, assertThrows } from "@std/assert";
import { MalformedBinary } from "../binary/reader.ts";
import { MAX_TABLE_ELEMENTS } from "../limit.ts";
import { limitModule } from "./limit_module.ts";

const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module with one memory of `min` pages, exported as `m`. */
function moduleWithMemory(...limits: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...HEAD, ...[5, limits.length + 1, 1, ...limits], ...[7, 5, 1, 1, 0x6d, 2, 0]);
}

/** A module with one table, exported as `t`. */
function moduleWithTable(...table: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...HEAD, ...[4, table.length + 1, 1, ...table], ...[7, 5, 1, 1, 0x74, 1, 0]);
}

function exported<T>(bytes: Uint8Array<ArrayBuffer>, name: string): T {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports[name] as T;
}

function memoryOf(module: Uint8Array<ArrayBuffer>): WebAssembly.Memory {
  return exported(limitModule(module, 10 * 65_536).bytes, "m");
}

Deno.test("limitModule() keeps a memory from growing beyond the limit", () => {
  const memory = memoryOf(moduleWithMemory(0, 1));
  memory.grow(9);
  assertThrows(() => memory.grow(1), RangeError);
});

Deno.test("limitModule() keeps a smaller maximum of the module's own", () => {
  const memory = memoryOf(moduleWithMemory(1, 1, 3));
  memory.grow(2);
  assertThrows(() => memory.grow(1), RangeError);
});

Deno.test("limitModule() refuses a memory or table that is too large from the beginning", () => {
  assertThrows(() => limitModule(moduleWithMemory(0, 20), 10 * 65_536), RangeError, "starts with 1310720 bytes");
  const large = moduleWithTable(0x70, 0, 0xff, 0xff, 0x3f);
  assertThrows(() => limitModule(large, 65_536), MalformedBinary, "starts with 1048575 elements");
});

Deno.test.each([
  ["funcref", [0x70, 0, 1]],
  ["a nullable reference to func", [0x63, 0x70, 0, 1]],
  ["with an element to start with", [0x40, 0x00, 0x70, 0, 1, 0xd0, 0x70, 0x0b]],
  ["with a maximum beyond the limit", [0x70, 1, 1, 0xff, 0xff, 0xff, 0x04]],
])("limitModule() keeps a table from growing beyond the limit: %s", (_, table) => {
  const limited = limitModule(moduleWithTable(...table), 65_536);
  assertEquals([limited.tables, limited.memories], [1, 0]);
  const grown = exported<WebAssembly.Table>(limited.bytes, "t");
  grown.grow(MAX_TABLE_ELEMENTS - 1);
  assertThrows(() => grown.grow(1), RangeError);
});

Deno.test("limitModule() refuses a structure, a shared memory and one of 64 bit addresses, which it cannot limit", () => {
  const structure = Uint8Array.of(...HEAD, ...[1, 5, 1, 0x5f, 1, 0x7f, 0]);
  assertThrows(() => limitModule(structure, 65_536), MalformedBinary, "no function");
  for (const flags of [3, 4, 5]) {
    assertThrows(() => limitModule(moduleWithMemory(flags, 1, 1), 65_536), MalformedBinary, "shared or of 64 bit");
  }
});

Deno.test("limitModule() leaves a module without a memory or table as it is, and refuses other bytes", () => {
  const empty = Uint8Array.from(HEAD);
  assertEquals(limitModule(empty, 65_536), { bytes: empty, memories: 0, tables: 0 });
  assertThrows(() => limitModule(Uint8Array.of(1, 2, 3), 65_536), MalformedBinary, "no WebAssembly module");
});
