import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeMessage, MessageWriter } from "./message.ts";

Deno.test("decodeMessage() gives what MessageWriter wrote, for everything that component values are made of", () => {
  const writer = new MessageWriter();
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.uint8Array(),
      fc.array(tie("any")),
      fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z0-9]*$/), tie("any"), { noNullPrototype: true }),
    ),
  })).any;
  const there = (it: unknown) => decodeMessage(new Uint8Array(writer.encode(it)));
  fc.assert(fc.property(value, (it) => assertEquals(there(it), it)), { numRuns: 300 });
});

Deno.test("decodeMessage() keeps -0, undefined in a list, and long texts; an undefined field is left out", () => {
  const writer = new MessageWriter();
  const long = "é".repeat(100_000);
  const message = { zero: -0, long, list: [undefined, null], nothing: undefined };
  const back = decodeMessage(new Uint8Array(writer.encode(message))) as typeof message;
  assertEquals(back.list, [undefined, null]);
  assertEquals("nothing" in back, false);
  assertEquals(Object.is(back.zero, -0), true);
  assertEquals(back.long === long, true);
});

Deno.test("MessageWriter refuses what no component value can be", () => {
  assertThrows(() => new MessageWriter().encode({ f: () => 1 }), TypeError, "a function");
});
