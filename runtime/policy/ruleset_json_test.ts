import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { differenceOf } from "../../host-funcs/firewall/ruleset/difference.ts";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { table } from "../../host-funcs/firewall/ruleset/testing/arbitrary.ts";
import { fromJson, toJson } from "./ruleset_json.ts";

Deno.test("any table is the same again after JSON", () => {
  fc.assert(fc.property(table, (changes) => {
    const content = new Ruleset();
    content.change(changes);
    const read = fromJson(JSON.parse(JSON.stringify(toJson(content))));
    assertEquals([differenceOf(content, read), differenceOf(read, content)], [[], []]);
    assertEquals(toJson(read), toJson(content));
  }));
});

Deno.test("types of ICMPv6 are a list in JSON, and bytes again", () => {
  const content = new Ruleset();
  const rule = (val: Uint8Array) => ({
    matches: [{ tag: "icmpv6-type" as const, val }],
    statements: [],
    comment: "nd",
  });
  content.change([{ tag: "put-chain", val: { name: "a", rules: [rule(new Uint8Array([135, 136]))] } }]);
  const json = JSON.parse(JSON.stringify(toJson(content)));
  assertEquals(json.chains[0].rules[0].matches, [{ tag: "icmpv6-type", val: [135, 136] }]);
  assertEquals(fromJson(json).chains.get("a"), content.chains.get("a"));
});

Deno.test("what is no table is told in a sentence", () => {
  assertThrows(() => fromJson(null), Error, "Cannot read rules as what was told is invalid");
  const chain = { name: "a", rules: [{ matches: [{ tag: "in-set", val: {} }], statements: [], comment: "" }] };
  assertThrows(
    () => fromJson({ sets: [], counters: [], chains: [chain] }),
    Error,
    "Cannot read rules as chains.0.rules.0.matches.0.val.fields is invalid",
  );
  const jump = { tag: "verdict", val: { tag: "jump", val: "b" } };
  const lost = { name: "a", rules: [{ matches: [], statements: [jump], comment: "" }] };
  assertThrows(() => fromJson({ sets: [], counters: [], chains: [lost] }), Error, 'there is no chain "b"');
});
