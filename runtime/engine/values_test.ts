// Every WIT type crosses the boundary four times (test, component, host, component, test) and comes back as it was.

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ComponentError } from "./engine.ts";
import { ECHO, type Subject, testEngines } from "./testdata/suite.ts";

const text = fc.string({ unit: "grapheme" });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
/** QuickJS has no more of them. */
const SAFE = 2n ** 53n;

/** Calls `name` with arbitrary arguments, and expects them back. */
function roundTrips(name: string, args: fc.Arbitrary<unknown[]>, numRuns = 60) {
  testEngines(`${name} come back as they were`, ({ start }) => {
    const instance = start();
    fc.assert(
      fc.property(args, (given) => {
        assertEquals(instance.call(ECHO, name, given), given.length === 1 ? given[0] : given);
      }),
      { numRuns },
    );
  });
}

const integers = (bits: number) =>
  fc.tuple(
    fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }),
    fc.integer({ min: 0, max: 2 ** bits - 1 }),
  );
const double = fc.double();
const link = fc.record({
  linkName: text,
  mtu: u32,
  addresses: fc.array(fc.record({ ipAddress: text, prefixLength: fc.nat(255) }), { maxLength: 4 }),
  parent: fc.oneof(
    fc.constant({ tag: "none" }),
    fc.constant({ tag: "some" }),
    text.map((val) => ({ tag: "some", val })),
  ),
}, { requiredKeys: ["linkName", "addresses", "parent"], noNullPrototype: true });
const target = fc.oneof(
  fc.constant({ tag: "none" }),
  text.map((val) => ({ tag: "named", val })),
  link.map((val) => ({ tag: "linked", val })),
  u32.map((val) => ({ tag: "numbered", val })),
);

roundTrips("bools", fc.tuple(fc.boolean()));
roundTrips("bytes", integers(8));
roundTrips("shorts", integers(16));
roundTrips("words", integers(32));
roundTrips("longs", fc.tuple(fc.bigInt({ min: -SAFE, max: SAFE }), fc.bigInt({ min: 0n, max: SAFE })));
roundTrips("floats", fc.tuple(fc.float(), double));
roundTrips("chars", fc.tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 1 })));
roundTrips("strings", fc.tuple(text));
roundTrips("blobs", fc.tuple(fc.uint8Array({ maxLength: 2000 })));
roundTrips("lists", fc.tuple(fc.array(fc.array(text))));
roundTrips("tuples", fc.tuple(fc.tuple(text, u32, fc.tuple(fc.boolean()))));
roundTrips("records", fc.tuple(link));
roundTrips("variants", fc.tuple(fc.array(target)));
roundTrips("enums", fc.tuple(fc.array(fc.constantFrom("not-ready", "ready"))));
roundTrips("options", fc.tuple(fc.option(u32, { nil: undefined })));
roundTrips(
  "flagSets",
  fc.tuple(fc.record({ up: fc.boolean(), lowerUp: fc.boolean(), noArp: fc.boolean() }, { noNullPrototype: true })),
);
roundTrips(
  "nestedResults",
  fc.tuple(fc.array(fc.oneof(text.map((val) => ({ tag: "ok", val })), u32.map((val) => ({ tag: "err", val }))))),
);

testEngines("a list of other numbers than u8 comes back with the same numbers", ({ start }) => {
  assertEquals(Array.from(start().call(ECHO, "numberLists", [[1, 4294967295]]) as Iterable<number>), [1, 4294967295]);
});

testEngines("a long string and a long list<u8> come back as they were", ({ start }) => {
  const instance = start();
  const long = "é".repeat(300_000);
  assertEquals(instance.call(ECHO, "strings", [long]) === long, true);
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i);
  assertEquals(instance.call(ECHO, "blobs", [bytes]), bytes);
});

testEngines("the host sees a list<u8> as Uint8Array, u64 as bigint, and no key for an absent option", ({ start }) => {
  const seen: unknown[] = [];
  const see = (value: unknown) => (seen.push(value), value);
  const instance = start({ blobs: see, records: see, longs: (...args) => see(args) });
  instance.call(ECHO, "blobs", [Uint8Array.of(1, 255)]);
  instance.call(ECHO, "longs", [-1n, 5n]);
  instance.call(ECHO, "records", [{ linkName: "a", addresses: [], parent: { tag: "none" } }]);
  assertEquals(seen[0] instanceof Uint8Array, true);
  assertEquals(seen, [Uint8Array.of(1, 255), [-1n, 5n], { linkName: "a", addresses: [], parent: { tag: "none" } }]);
});

testEngines("a result's ok is returned, its err thrown as ComponentError with the payload", ({ start }) => {
  const instance = start();
  assertEquals(instance.call(ECHO, "results", [{ tag: "ok", val: "yes" }]), "yes");
  const failure = { errorCode: "not-ready", message: "no", errno: 2 };
  assertEquals(errorOf(instance, { tag: "err", val: failure }), failure);
  assertEquals(errorOf(instance, { tag: "err", val: { errorCode: "ready", message: "" } }), {
    errorCode: "ready",
    message: "",
  });
  assertEquals(instance.call(ECHO, "emptyResults", [true]), undefined);
});

function errorOf(instance: ReturnType<Subject["start"]>, result: unknown): unknown {
  try {
    instance.call(ECHO, "results", [result]);
  } catch (error) {
    if (error instanceof ComponentError) return error.payload;
    throw error;
  }
  throw new Error("no error was thrown");
}
