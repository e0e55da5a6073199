import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ValueBudget, ValueTooLarge } from "../limit.ts";
import { decodeMessage, MalformedMessage, MessageWriter } from "./message.ts";

Deno.test("decodeMessage() gives what MessageWriter wrote, for everything that component values are made of", () => {
  const writer = new MessageWriter();
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
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

Deno.test("MessageWriter counts 8 for each value, and the bytes of texts and byte strings", () => {
  const writer = new MessageWriter();
  const costs = (value: unknown, bytes: number) => {
    writer.encode(value, new ValueBudget(bytes));
    assertThrows(() => writer.encode(value, new ValueBudget(bytes - 1)), ValueTooLarge);
  };
  costs(true, 8);
  costs("é", 8 + 2);
  costs(new Uint8Array(5), 8 + 5);
  costs([1, 2, "abc"], 8 + 8 + 8 + 8 + 3);
  costs({ name: "eth0", mtu: 1500 }, 8 + 8 + 4 + 8);
});

Deno.test("decodeMessage() reads any bytes, or says that they are malformed, at once", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(fc.property(bytes, (it) => readsOrRefuses(new Uint8Array(it))), { numRuns: 2000 });
});

Deno.test("decodeMessage() reads a message with changed bytes, or says that it is malformed", () => {
  const written = new Uint8Array(
    new MessageWriter().encode({ type: "call", args: [1n, "a", new Uint8Array(3), [true, null], { up: false }] }),
  );
  const change = fc.array(fc.tuple(fc.nat(written.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const changed = fc.tuple(change, fc.nat(written.length)).map(([changes, length]) => {
    const copy = new Uint8Array(written);
    for (const [at, byte] of changes) copy[at] = byte;
    return copy.slice(0, length);
  });
  fc.assert(fc.property(changed, readsOrRefuses), { numRuns: 2000 });
});

Deno.test.each([
  ["a list of 4 billion items", [8, 0xff, 0xff, 0xff, 0xff]],
  ["an object of 4 billion fields", [9, 0xff, 0xff, 0xff, 0xff]],
  ["a text that ends beyond the message", [6, 5, 0, 0, 0, 65]],
  ["a key that is no text", [9, 1, 0, 0, 0, 2, 2]],
  ["the key __proto__", [9, 1, 0, 0, 0, 6, 9, 0, 0, 0, ...new TextEncoder().encode("__proto__"), 9, 0, 0, 0, 0]],
  ["a number of 21 digits", [5, 21, 0, 0, 0, ...new Uint8Array(21).fill(0x31)]],
  ["a number of letters", [5, 1, 0, 0, 0, 0x61]],
  ["lists in lists, 101 deep", [...new Array(101).fill([8, 1, 0, 0, 0]).flat(), 0]],
  ["bytes after its end", [0, 0]],
  ["nothing", []],
])("decodeMessage() refuses %s", (_, bytes) => {
  assertThrows(() => decodeMessage(Uint8Array.from(bytes)), MalformedMessage, "Cannot read a message");
});

function readsOrRefuses(bytes: Uint8Array<ArrayBuffer>): void {
  try {
    decodeMessage(bytes);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
  }
}
