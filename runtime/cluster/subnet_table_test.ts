import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { SubnetTable } from "./subnet_table.ts";

Deno.test("the first node keeps a subnet, until it lets go", () => {
  const table = new SubnetTable();
  assertEquals(table.claim("a", "10.1.2.0/24"), undefined);
  assertEquals(table.claim("b", "10.1.2.128/25"), "a");
  assertEquals(table.claim("b", "10.1.0.0/16"), "a");
  assertEquals(table.claim("b", "10.1.3.0/24"), undefined);
  assertEquals(table.claim("a", "10.1.2.0/23"), "b");
  // It has none now: what it asked for was another's.
  assertEquals(table.release("a"), false);
  assertEquals(table.claim("c", "10.1.2.0/24"), undefined);
  assertEquals(table.release("c"), true);
  assertThrows(() => table.claim("d", "10.1.2.0"), RangeError, "10.1.2.0");
});

Deno.test("after any claims and releases no two nodes overlap, and only an overlap is refused", () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    subnet: fc.option(fc.record({ base: fc.integer({ min: 0, max: 15 }), prefix: fc.integer({ min: 28, max: 32 }) })),
  });
  const size = (prefix: number) => 2 ** (32 - prefix);
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const table = new SubnetTable();
    const model = new Map<string, [first: number, last: number]>();
    for (const { name, subnet } of steps) {
      if (subnet === null) {
        assertEquals(table.release(name), model.delete(name));
        continue;
      }
      const first = subnet.base - subnet.base % size(subnet.prefix);
      const last = first + size(subnet.prefix) - 1;
      model.delete(name);
      const others = [...model].filter(([, [from, to]]) => from <= last && first <= to).map(([other]) => other);
      const answer = table.claim(name, `10.0.0.${subnet.base}/${subnet.prefix}`);
      if (others.length === 0) {
        assertEquals(answer, undefined);
        model.set(name, [first, last]);
      } else {
        assertEquals(others.includes(answer!), true);
      }
    }
  }));
});
