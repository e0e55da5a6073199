import { assertEquals } from "@std/assert";
import { phasesOf } from "./phases.ts";
import { Ruleset } from "./ruleset.ts";
import { addSet, chain, drop, jumpTo, put, putVerdict, rule } from "./testing/changes.ts";

const doing = (effects: ReturnType<typeof phasesOf>) =>
  effects?.map((phase) =>
    phase.map((it) => `${it.tag} ${"set" in it ? it.set.name : "chain" in it ? it.chain.name : it.name}`)
  );

Deno.test("phasesOf() has new chains and sets there before an element leads to them, and the old ones go last", () => {
  const ruleset = new Ruleset();
  ruleset.change([
    addSet("pods", ["ipv4-addr"], { verdicts: true }),
    addSet("old-peers", ["ipv4-addr"]),
    put("old-peers", "10.0.0.9"),
    chain("old", rule([], [drop])),
    putVerdict("pods", "10.0.0.1", { tag: "jump", val: "old" }),
  ]);
  const { effects } = ruleset.change([
    addSet("new-peers", ["ipv4-addr"]),
    put("new-peers", "10.0.0.8"),
    chain("new", rule([], [drop])),
    putVerdict("pods", "10.0.0.1", { tag: "jump", val: "new" }),
    { tag: "delete-chain", val: "old" },
    { tag: "delete-set", val: "old-peers" },
  ]);
  assertEquals(doing(phasesOf(effects)), [
    ["add-set new-peers", "elements new-peers", "put-chain new"],
    ["elements pods"],
    ["delete-chain old", "delete-set old-peers"],
  ]);
});

Deno.test("phasesOf() leaves what is about to go as it is until then, and a base chain counts at once", () => {
  const ruleset = new Ruleset();
  ruleset.change([addSet("s", ["ipv4-addr"]), put("s", "10.0.0.1"), chain("c", rule([], [drop]))]);
  const { effects } = ruleset.change([
    { tag: "delete-elements", val: { set: "s", keys: ["10.0.0.1"] } },
    { tag: "delete-set", val: "s" },
    {
      tag: "put-chain",
      val: { name: "base", base: { hook: "forward", priority: 0 }, rules: [rule([], [jumpTo("c")])] },
    },
  ]);
  assertEquals(doing(phasesOf(effects)), [["put-chain base"], ["elements s", "delete-set s"]]);
});

Deno.test("phasesOf() knows no order where a name is used again", () => {
  const ruleset = new Ruleset();
  ruleset.change([addSet("s", ["ipv4-addr"])]);
  const { effects } = ruleset.change([{ tag: "delete-set", val: "s" }, addSet("s", ["ipv6-addr"])]);
  assertEquals(phasesOf(effects), undefined);
  assertEquals(phasesOf([]), []);
});
