import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Change, Datatype, Match } from "cnidaria:cni/nftables@0.3.0";
import fc from "fast-check";
import { HostCallError } from "../../error.ts";
import { Ruleset } from "./ruleset.ts";
import { table } from "./testing/arbitrary.ts";
import { accept, addSet, baseChain, chain, drop, jumpTo, put, putVerdict, remove, rule } from "./testing/changes.ts";
import { plain } from "./testing/plain.ts";

const map = { verdicts: true };
const intervals = { intervals: true };

function refusal(...changes: Change[]): string {
  const error = assertThrows(() => new Ruleset().change(changes), HostCallError) as HostCallError;
  assertEquals(error.code, "invalid");
  return error.message;
}

function inSet(set: string, ...fields: ("ip-saddr" | "ip6-daddr" | "th-dport" | "l4proto")[]): Match {
  return { tag: "in-set", val: { fields, set, negated: false } };
}

function oneOf(field: "ip-saddr" | "ip6-daddr" | "th-dport" | "iifname", ...values: string[]): Match {
  return { tag: "one-of", val: { field, values, negated: false } };
}

Deno.test("what was asked for is there, in canonical form", () => {
  const ruleset = new Ruleset();
  ruleset.change([
    addSet("peers6", ["ipv6-addr"]),
    put("peers6", "FD00::0:1", "fd00::1", "fd00::2"),
    remove("peers6", "fd00:0::2"),
    chain("rest", rule([oneOf("ip-saddr", "10.1.1.1/8", "10.0.0.0/8")], [drop], "c")),
  ]);
  assertEquals([...ruleset.sets.get("peers6")!.elements], [["fd00::1", undefined]]);
  assertEquals(ruleset.chains.get("rest")?.rules, [rule([oneOf("ip-saddr", "10.0.0.0/8")], [drop], "c")]);
});

Deno.test("effects are only what changes something", () => {
  const ruleset = new Ruleset();
  ruleset.change([
    addSet("m", ["ipv4-addr"], map),
    chain("a", rule([], [drop])),
    putVerdict("m", "10.0.0.1", { tag: "drop" }),
  ]);
  const { effects } = ruleset.change([
    chain("a", rule([], [drop])),
    putVerdict("m", "10.0.0.1", { tag: "drop" }),
    putVerdict("m", "10.0.0.1", { tag: "jump", val: "a" }),
  ]);
  assertEquals(effects.map(({ tag }) => tag), ["elements"]);
  const steps = effects.flatMap((effect) => effect.tag === "elements" ? effect.steps : []);
  assertEquals(steps.map(({ add, verdict }) => [add, verdict]), [
    [false, { tag: "drop" }],
    [true, { tag: "jump", val: "a" }],
  ]);
});

Deno.test("names are names, whatever else is tried", () => {
  for (const name of ["", "A", "1a", "a b", 'a"', "a;flush ruleset", "a\n", "a{", "../a", "ä", "a".repeat(97), "-a"]) {
    assert(refusal({ tag: "add-counter", val: name }).startsWith("Cannot name a counter "));
    assert(refusal(chain(name)).startsWith("Cannot name a chain "));
    assert(refusal(addSet(name, ["ifname"])).startsWith("Cannot name a set "));
  }
  new Ruleset().change([chain("drop"), chain("a".repeat(96)), addSet("a.b_c-d/9", ["ifname"])]);
});

Deno.test("a set has keys that the kernel can hold", () => {
  const address: Datatype = "ipv6-addr";
  assertEquals(refusal(addSet("s", [])), "Cannot add set s as its key has no type");
  refusal(addSet("s", Array(6).fill("inet-proto")));
  refusal(addSet("s", Array(5).fill(address)));
  assertEquals(
    refusal(addSet("s", ["ipv4-addr", "inet-proto"], intervals)),
    "Cannot add set s as only keys of one type can be intervals",
  );
  refusal(addSet("s", ["ipv4-addr"], { intervals: true, verdicts: true }));
  refusal(addSet("s", ["ifname"], intervals));
  assertEquals(
    refusal(addSet("s", [address]), addSet("s", [address])),
    "Cannot add set s as there is one of that name",
  );
});

Deno.test("elements are of their set", () => {
  const s = addSet("s", ["ipv4-addr", "inet-proto", "inet-service"]);
  const m = addSet("m", ["ipv4-addr"], map);
  assertEquals(
    refusal(s, put("s", "10.0.0.1 . tcp")),
    'Cannot add "10.0.0.1 . tcp" to set s as that is no ipv4-addr . inet-proto . inet-service',
  );
  refusal(s, put("s", "10.0.0.1 . tcp . 80-90"));
  refusal(s, put("s", "10.0.0.1.tcp.80"));
  refusal(put("s", "10.0.0.1"));
  refusal(s, remove("s", "10.0.0.1 . tcp . 80"));
  refusal(addSet("t", ["ipv4-addr"]), put("t", "10.0.0.0/8"));
  refusal(addSet("t", ["ipv4-addr"]), putVerdict("t", "10.0.0.1", { tag: "drop" }));
  refusal(m, put("m", "10.0.0.1"));
  assertEquals(
    refusal(m, putVerdict("m", "10.0.0.1", { tag: "jump", val: "none" })),
    'Cannot add elements to verdict map m as there is no chain "none" to jump to',
  );
  refusal(m, baseChain("in", "input"), putVerdict("m", "10.0.0.1", { tag: "goto", val: "in" }));
});

Deno.test("intervals do not overlap, few or many, and what was deleted makes room", () => {
  const set = addSet("s", ["ipv4-addr"], intervals);
  assertEquals(
    refusal(set, put("s", "10.0.0.0/8"), put("s", "10.1.0.0/16")),
    "Cannot add 10.1.0.0/16 to set s as it overlaps 10.0.0.0/8",
  );
  refusal(set, put("s", "10.0.0.0/8", "9.0.0.0-10.0.0.0"));
  const many = Array.from({ length: 100 }, (_, at) => `10.${at}.0.0/16`);
  refusal(set, put("s", ...many), put("s", "10.99.255.255"));
  refusal(set, put("s", ...many, "10.50.0.0/15"));
  const ruleset = new Ruleset();
  ruleset.change([set, put("s", ...many), remove("s", "10.7.0.0/16"), put("s", "10.7.0.0/17", "10.7.128.0/17")]);
  // A refused change must not take the interval away that was in its way.
  assertThrows(() => ruleset.change([put("s", "11.0.0.0/8", "10.8.0.0/24")]), HostCallError);
  assertThrows(() => ruleset.change([put("s", "10.8.0.0/24")]), HostCallError);
  ruleset.change([remove("s", ...many.filter((key) => key !== "10.7.0.0/16")), put("s", "10.8.0.0/13")]);
  assertEquals([...ruleset.sets.get("s")!.elements.keys()], ["10.7.0.0/17", "10.7.128.0/17", "10.8.0.0/13"]);
});

Deno.test("rules make sense", () => {
  const peers = addSet("peers", ["ipv4-addr"]);
  const m = addSet("m", ["ipv4-addr"], map);
  const why = (rules: Parameters<typeof rule>, ...before: Change[]) =>
    refusal(...before, chain("c", rule(...rules))).replace("Cannot put rule 0 of chain c as ", "");
  assertEquals(why([[inSet("peers", "ip-saddr")], [drop]]), 'there is no set "peers"');
  assertEquals(
    why([[inSet("peers", "th-dport")], [drop]], peers),
    "the key of set peers is ipv4-addr, and th-dport inet-service",
  );
  why([[inSet("peers", "ip-saddr", "l4proto")], [drop]], peers);
  assertEquals(why([[inSet("m", "ip-saddr")], [drop]], m), "m is a verdict map, no set");
  why([[], [{ tag: "verdict-map", val: { fields: ["ip-saddr"], map: "peers" } }]], peers);
  assertEquals(why([[], [drop, accept]]), "there are statements behind its verdict: they would never run");
  why([[], [{ tag: "verdict-map", val: { fields: ["ip-saddr"], map: "m" } }, accept]], m);
  assertEquals(
    why([[oneOf("ip-saddr", "10.0.0.1"), oneOf("ip6-daddr", "fd00::1")], [drop]]),
    "no packet has both: ip-saddr and ip6-daddr",
  );
  why([[oneOf("ip-saddr", "10.0.0.1"), { tag: "icmpv6-type", val: new Uint8Array([1]) }], [drop]]);
  why([[oneOf("ip-saddr")], [drop]]);
  why([[oneOf("ip-saddr", "fd00::1")], [drop]]);
  why([[oneOf("iifname", 'lo" accept')], [drop]]);
  why([[{ tag: "at-most", val: 0 }], [drop]]);
  why([[{ tag: "connection", val: [] }], [drop]]);
  why([[], [{ tag: "counter", val: "none" }]]);
  why([[], [jumpTo("none")]]);
  for (const prefix of ["a".repeat(121), 'a"', "a\n", "A"]) {
    why([[], [{ tag: "log", val: { group: 1, prefix, snaplen: 64 } }]]);
  }
  why([[], [drop], "a".repeat(5000)]);
});

Deno.test("what is used stays", () => {
  const ruleset = new Ruleset();
  ruleset.change([
    addSet("peers", ["ipv4-addr"]),
    addSet("m", ["ipv4-addr"], map),
    { tag: "add-counter", val: "n" },
    chain("c"),
    putVerdict("m", "10.0.0.1", { tag: "jump", val: "c" }),
    chain("d", rule([inSet("peers", "ip-saddr")], [{ tag: "counter", val: "n" }, jumpTo("c")])),
  ]);
  const why = (change: Change) =>
    (assertThrows(() => ruleset.change([change]), HostCallError) as HostCallError).message;
  assertEquals(why({ tag: "delete-set", val: "peers" }), "Cannot delete set peers as chain d uses it");
  assertEquals(why({ tag: "delete-counter", val: "n" }), "Cannot delete counter n as chain d uses it");
  assertEquals(why({ tag: "delete-chain", val: "c" }), "Cannot delete chain c as set m uses it");
  ruleset.change([chain("d"), { tag: "delete-set", val: "peers" }, { tag: "delete-counter", val: "n" }]);
  ruleset.change([{ tag: "delete-set", val: "m" }, { tag: "delete-chain", val: "c" }]);
});

Deno.test("chains lead in no circle, and no deeper than the kernel follows", () => {
  assertEquals(
    refusal(chain("a"), chain("b", rule([], [jumpTo("a")])), chain("a", rule([], [jumpTo("b")]))),
    "Cannot jump to chain a as that leads in a circle: chain a, chain b, chain a",
  );
  // By way of a map.
  refusal(
    addSet("m", ["ipv4-addr"], map),
    chain("a", rule([], [{ tag: "verdict-map", val: { fields: ["ip-saddr"], map: "m" } }])),
    putVerdict("m", "10.0.0.1", { tag: "jump", val: "a" }),
  );
  const deep = (count: number) =>
    Array.from({ length: count }, (_, at) => chain(`c${at}`, rule([], at === 0 ? [drop] : [jumpTo(`c${at - 1}`)])));
  new Ruleset().change(deep(16));
  assertEquals(
    refusal(...deep(17)),
    "Cannot use chain c0 as chains lead into each other 17 deep: the kernel follows 16",
  );
  refusal(...deep(60));
  // A circle that the same changes open again is none.
  new Ruleset().change([
    chain("a"),
    chain("b", rule([], [jumpTo("a")])),
    chain("a", rule([], [jumpTo("b")])),
    chain("b"),
  ]);
});

Deno.test("the hook of a chain stays", () => {
  const ruleset = new Ruleset();
  ruleset.change([baseChain("in", "input")]);
  ruleset.change([chain("in", rule([], [drop]))]);
  assertEquals(ruleset.chains.get("in"), {
    name: "in",
    base: { hook: "input", priority: 0 },
    rules: [rule([], [drop])],
  });
  assertThrows(() => ruleset.change([baseChain("in", "output")]), HostCallError);
});

Deno.test("a list with one change that is refused changes nothing", () => {
  fc.assert(fc.property(table, table, fc.nat(), (first, second, at) => {
    const ruleset = new Ruleset();
    ruleset.change(first);
    const before = structuredClone(plain(ruleset));
    const changes = second.toSpliced(at % (second.length + 1), 0, { tag: "delete-counter", val: "none" });
    assertThrows(() => ruleset.change(changes), HostCallError);
    assertEquals(plain(ruleset), before);
    // Nor what is used by whom: all of it can be deleted.
    const users = [...ruleset.chains.keys()].map((name) => chain(name));
    ruleset.change([
      ...users,
      ...[...ruleset.sets.keys()].map((val): Change => ({ tag: "delete-set", val })),
      ...[...ruleset.chains.keys()].map((val): Change => ({ tag: "delete-chain", val })),
      ...[...ruleset.counters].map((val): Change => ({ tag: "delete-counter", val })),
    ]);
    assertEquals(plain(ruleset), { sets: [], chains: [], counters: [] });
  }));
});
