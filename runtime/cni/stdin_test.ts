import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CniFailure } from "./failure.ts";
import { MAX_CONFIG_BYTES, readAll } from "./stdin.ts";

/** Gives the chunks one after the other, each cut to what the caller has room for. */
function reader(...chunks: Uint8Array[]) {
  const left = [...chunks];
  return {
    readSync(buffer: Uint8Array): number | null {
      const chunk = left.shift();
      if (chunk === undefined) return null;
      const part = chunk.subarray(0, buffer.length);
      buffer.set(part);
      if (part.length < chunk.length) left.unshift(chunk.subarray(part.length));
      return part.length;
    },
  };
}

Deno.test("readAll() joins chunks, whatever their size", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (text, size) => {
      const bytes = new TextEncoder().encode(text);
      const chunks = Array.from(
        { length: Math.ceil(bytes.length / size) },
        (_, i) => bytes.subarray(i * size, (i + 1) * size),
      );
      assertEquals(readAll(reader(...chunks)), text.replace(/^\ufeff/, ""));
    }),
  );
});

Deno.test("readAll() reads what is larger than its first buffer", () => {
  assertEquals(readAll(reader(new Uint8Array(100_000).fill(97))), "a".repeat(100_000));
});

Deno.test("readAll() answers code 5 to input without end", () => {
  const endless = { readSync: (buffer: Uint8Array) => buffer.fill(97).length };
  const failure = assertThrows(() => readAll(endless), CniFailure) as CniFailure;
  assertEquals([failure.code, failure.message.includes(String(MAX_CONFIG_BYTES))], [5, true]);
});

Deno.test("readAll() answers code 5 to a read that fails, and 6 to what is not UTF-8", () => {
  const broken = {
    readSync(): number | null {
      throw new Error("EIO");
    },
  };
  assertEquals((assertThrows(() => readAll(broken), CniFailure) as CniFailure).code, 5);
  assertEquals((assertThrows(() => readAll(reader(Uint8Array.of(0xff))), CniFailure) as CniFailure).code, 6);
});
