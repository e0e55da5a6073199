import { assertEquals, assertThrows } from "@std/assert";
import type { Rule } from "cnidaria:cni/rules@0.3.0";
import type { Change } from "../change.ts";
import { Reading } from "../reading.ts";
import { networkTest, type TestContext } from "../test_context.ts";
import { redoRuleChange, ruleDifferences } from "./drift.ts";
import { createRules } from "./mod.ts";
import { undoRuleChange } from "./undo.ts";

const rule = (value: Partial<Rule>): Rule => ({ family: "ipv4", table: 100, more: false, ...value });
const added = (value: Rule) => {
  const { more: _, ...plain } = value;
  return { kind: "rule-added", ns: "container", rule: plain } as Change & { kind: "rule-added" };
};
const ip = (context: TestContext, words: string) => context.command("container", "ip", words.split(" "));

/** What `ip` calls them. */
const cases: [rule: Rule, words: Record<string, unknown>][] = [
  [rule({ source: "10.1.0.5/32" }), { src: "10.1.0.5", table: "100" }],
  [rule({ destination: "10.9.0.0/16", table: 70000, priority: 77 }), { dst: "10.9.0.0", dstlen: 16, table: "70000" }],
  [rule({ family: "ipv6", source: "fd00::5/128", priority: 9 }), { src: "fd00::5", priority: 9 }],
  [rule({ family: "ipv6", incoming: "lo" }), { src: "all", iif: "lo" }],
  [rule({ mark: { value: 16, mask: 255 } }), { fwmark: "0x10", fwmask: "0xff" }],
];

for (const [value, words] of cases) {
  networkTest(`add() and remove() of ${JSON.stringify(value)}`, (context) => {
    const rules = createRules(context);
    const show = () => ip(context, `-j ${value.family === "ipv6" ? "-6" : "-4"} rule`);
    const before = JSON.stringify(show());
    rules.add("container", value);
    const [only, ...more] = show().filter((it: unknown) => !before.includes(JSON.stringify(it)));
    assertEquals(more, []);
    for (const [key, expected] of Object.entries(words)) assertEquals(only[key], expected, key);
    assertEquals(context.changes, [added(value)]);
    const listed = rules.list("container").find(({ table }) => table === value.table);
    assertEquals(listed, { ...value, priority: only.priority });
    assertEquals(ruleDifferences(new Reading(context), added(value)), []);
    rules.remove("container", value);
    assertEquals(JSON.stringify(show()), before);
    assertEquals(context.changes[1], { ...added({ ...value, priority: only.priority }), kind: "rule-removed" });
  });
}

networkTest("a rule that asks for more is listed as such, and is not taken for another", (context) => {
  const rules = createRules(context);
  const table = (number: number) => rules.list("container").filter((it) => it.table === number);
  for (const more of ["uidrange 0-9", "tos 8", "oif lo", "suppress_prefixlength 0", "ipproto udp"]) {
    ip(context, `rule add from 10.1.0.5 ${more} lookup 100 priority 50`);
    const listed = rule({ source: "10.1.0.5/32", priority: 50, more: true });
    assertEquals(table(100), [listed], more);
    assertThrows(() => rules.add("container", listed), Error, "asks for more");
    assertThrows(() => rules.remove("container", { ...listed, more: false }), Error, "does not exist (ENOENT)");
    ip(context, `rule del from 10.1.0.5 ${more} lookup 100 priority 50`);
  }
  ip(context, "rule add not from 10.1.0.5 lookup 100");
  assertEquals(table(100).map(({ more }) => more), [true]);
  ip(context, "rule add from 10.3.0.0/16 blackhole");
  assertEquals(rules.list("container").some(({ source }) => source === "10.3.0.0/16"), false, "it leads to no table");
  assertEquals(context.changes, []);
});

networkTest("remove() refuses where the kernel would take another rule for it", (context) => {
  const rules = createRules(context);
  ip(context, "rule add from 10.1.0.5 uidrange 0-9 lookup 100 priority 50");
  ip(context, "rule add from 10.1.0.5 lookup 100 priority 50");
  assertThrows(() => rules.remove("container", rule({ source: "10.1.0.5/32" })), Error, "would take another");
  assertEquals([context.changes, rules.list("container").filter(({ table }) => table === 100).length], [[], 2]);
});

networkTest("add() of a rule that is there writes nothing down, and its undo is not that of another", (context) => {
  const rules = createRules(context);
  ip(context, "rule add from 10.1.0.5 lookup 100 priority 50");
  assertThrows(() => rules.add("container", rule({ source: "10.1.0.5/32" })), Error, "exists already (EEXIST)");
  assertEquals(context.changes, []);
  // A process that was killed before it added it.
  assertThrows(() => undoRuleChange(context, added(rule({ source: "10.1.0.5/32", priority: 49 }))), Error, "(ENOENT)");
  assertThrows(() => undoRuleChange(context, added(rule({ source: "10.1.0.5/32", table: 101 }))), Error, "(ENOENT)");
  assertEquals(rules.list("container").filter(({ table }) => table === 100).length, 1);
});

networkTest("a rule that is gone is a difference, and is added again", (context) => {
  const change = added(rule({ family: "ipv6", source: "fd00::5/128" }));
  const differences = () => ruleDifferences(new Reading(context), change);
  assertEquals(differences(), ["rule from fd00::5/128 lookup 100 (container) is gone"]);
  redoRuleChange(context, change);
  assertEquals(differences(), []);
  undoRuleChange(context, change);
  assertEquals(differences().length, 1);
});

networkTest("the undo of a removal adds the rule where it was", (context) => {
  const rules = createRules(context);
  const before = JSON.stringify(ip(context, "-j rule"));
  ip(context, "rule add from 10.1.0.5 lookup 100 priority 50");
  const with50 = JSON.stringify(ip(context, "-j rule"));
  rules.remove("container", rule({ source: "10.1.0.5/32" }));
  assertEquals(JSON.stringify(ip(context, "-j rule")), before);
  undoRuleChange(context, context.changes[0] as Change & { kind: "rule-removed" });
  assertEquals(JSON.stringify(ip(context, "-j rule")), with50);
});
