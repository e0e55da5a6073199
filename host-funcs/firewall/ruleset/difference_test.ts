import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { differenceOf } from "./difference.ts";
import { Ruleset } from "./ruleset.ts";
import { table } from "./testing/arbitrary.ts";
import { addSet, baseChain, chain, jumpTo, put, remove, rule } from "./testing/changes.ts";
import { plain } from "./testing/plain.ts";

Deno.test("the difference of two tables makes one the other", () => {
  fc.assert(fc.property(table, table, (first, second) => {
    const [from, to] = [new Ruleset(), new Ruleset()];
    from.change(first);
    to.change(second);
    from.change(differenceOf(from, to));
    assertEquals(plain(from), plain(to));
    assertEquals(differenceOf(from, to), []);
  }));
});

Deno.test("one element costs one change", () => {
  const [from, to] = [new Ruleset(), new Ruleset()];
  for (const ruleset of [from, to]) ruleset.change([addSet("s", ["ipv4-addr"]), put("s", "10.0.0.1", "10.0.0.2")]);
  to.change([put("s", "10.0.0.3"), remove("s", "10.0.0.1")]);
  assertEquals(differenceOf(from, to), [remove("s", "10.0.0.1"), put("s", "10.0.0.3")]);
});

Deno.test("chains that change their places among each other", () => {
  const [from, to] = [new Ruleset(), new Ruleset()];
  from.change([chain("a"), chain("b", rule([], [jumpTo("a")])), chain("old", rule([], [jumpTo("b")]))]);
  to.change([chain("b"), chain("a", rule([], [jumpTo("b")])), chain("new", rule([], [jumpTo("a")]))]);
  to.change([baseChain("old", "input", rule([], [jumpTo("new")]))]);
  from.change(differenceOf(from, to));
  assertEquals(plain(from), plain(to));
});
