import { assertEquals } from "@std/assert";
import { checksum, INIT_BYTES, readInit, writeInit } from "./sctp.ts";

Deno.test("the checksum of RFC 3720's examples", () => {
  assertEquals(checksum(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(checksum(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assertEquals(checksum(Uint8Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e);
});

Deno.test("an INIT is read as it was written", () => {
  const init = { sourcePort: 40000, destinationPort: 80, tag: 7, sequence: 4_000_000_000 };
  const memory = new Uint8Array(128);
  writeInit(memory, init);
  assertEquals(readInit(memory.subarray(0, INIT_BYTES)), init);
  assertEquals(readInit(memory.subarray(0, INIT_BYTES - 1)), undefined);
});
