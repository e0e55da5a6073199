import { assertEquals } from "@std/assert";
import fc from "fast-check";
import * as v from "valibot";
import { object } from "./object_schema.ts";

/** The same entries for ours and for valibot's own. */
function entriesOf(make: typeof v.object) {
  return {
    flag: v.optional(v.boolean("true or false"), false),
    name: v.string("a string"),
    size: v.exactOptional(v.pipe(v.number("a number"), v.minValue(1, "a positive number"))),
    any: v.optional(v.string("a string")),
    inner: v.optional(make({ list: v.optional(v.array(v.string("a string")), []) }), {}),
  };
}

const ours = object(entriesOf(object as unknown as typeof v.object));
const theirs = v.object(entriesOf(v.object));

Deno.test("object() answers and complains as v.object does, whatever it is given", () => {
  const value = fc.oneof(
    ...[fc.boolean(), fc.string(), fc.integer(), fc.constant(null), fc.constant(undefined), fc.constant([])],
    fc.record({ list: fc.oneof(fc.array(fc.string()), fc.array(fc.integer()), fc.integer()) }, { requiredKeys: [] }),
  );
  const keys = { flag: value, name: value, size: value, any: value, inner: value, other: value };
  const likely = { flag: fc.boolean(), name: fc.string(), size: fc.integer({ min: 1 }) };
  const inputs = fc.oneof(
    fc.record(keys, { requiredKeys: [] }),
    fc.record(likely, { requiredKeys: ["name"] }),
    value,
  );
  const seen = (result: v.SafeParseResult<typeof theirs>) => [
    result.success,
    result.success
      ? result.output
      : result.issues.map(({ message, path }) => [message, v.getDotPath({ path } as never)]),
  ];
  fc.assert(fc.property(inputs, (input) => {
    assertEquals(seen(v.safeParse(ours as unknown as typeof theirs, input)), seen(v.safeParse(theirs, input)));
  }));
});

Deno.test("a schema that valibot makes of object() keeps its own entries", () => {
  const partial = v.partial(ours as unknown as typeof theirs);
  assertEquals(v.parse(partial, { size: 2 }), v.parse(v.partial(theirs), { size: 2 }));
});
