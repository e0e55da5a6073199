import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Change, Field, Match, NamedSet, Rule, Statement, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { Evaluator, type Packet } from "./evaluate.ts";

const RETURN: Verdict = { tag: "return" };
const DROP: Verdict = { tag: "drop" };
const ACCEPT: Verdict = { tag: "accept" };
const jump = (val: string): Verdict => ({ tag: "jump", val });

function rule(comment: string, matches: Match[], verdict: Verdict): Rule {
  return { matches, statements: [{ tag: "verdict", val: verdict }], comment };
}

const among = (field: Field, values: string[], negated = false): Match => ({
  tag: "one-of",
  val: { field, values, negated },
});
const inSet = (fields: Field[], set: string, negated = false): Match => ({
  tag: "in-set",
  val: { fields, set, negated },
});

function lookup(field: Field, map: string): Rule {
  return { matches: [], statements: [{ tag: "verdict-map", val: { fields: [field], map } }], comment: map };
}

function set(
  name: string,
  key: NamedSet["key"],
  elements: (string | [string, Verdict])[],
  intervals = false,
): Change[] {
  const verdicts = elements.some((it) => typeof it !== "string");
  const all = elements.map((it) => typeof it === "string" ? { key: it } : { key: it[0], verdict: it[1] });
  return [
    { tag: "add-set", val: { name, key, intervals, verdicts } },
    { tag: "put-elements", val: { set: name, elements: all } },
  ];
}

const chain = (name: string, rules: Rule[]): Change => ({ tag: "put-chain", val: { name, rules } });
const forward = (rules: Rule[]): Change => ({
  tag: "put-chain",
  val: { name: "forward", base: { hook: "forward", priority: 0 }, rules },
});

/** The pods' maps lead to what `chains` has. */
function evaluator(more: Change[], egress: [string, Verdict][], ingress: [string, Verdict][]): Evaluator {
  const table = new Ruleset();
  table.change([
    ...more,
    ...set("self4", ["ipv4-addr", "ipv4-addr"], ["10.0.0.1 . 10.0.0.1"]),
    ...set("egress4", ["ipv4-addr"], egress),
    ...set("ingress4", ["ipv4-addr"], ingress),
    forward([
      rule("established", [{ tag: "connection", val: ["established", "related"] }], ACCEPT),
      rule("neighbours", [{ tag: "icmpv6-type", val: new Uint8Array([135, 136]) }], ACCEPT),
      rule("itself", [inSet(["ip-saddr", "ip-daddr"], "self4")], ACCEPT),
      ...egress.length > 0 ? [lookup("ip-saddr", "egress4")] : [],
      ...ingress.length > 0 ? [lookup("ip-daddr", "ingress4")] : [],
    ]),
  ]);
  return new Evaluator(table);
}

const packet = (source: string, destination: string, destinationPort = 80, protocol = "tcp"): Packet => ({
  source,
  destination,
  protocol,
  destinationPort,
});

/** Whether one chain of ingress, with these rules, lets the packet through; and by which rule. */
function byRules(rules: Rule[], it: Packet, sets: Change[] = []): [boolean, string | undefined] {
  const { allowed, ingress } = evaluator([...sets, chain("in", rules)], [], [[it.destination, jump("in")]]).judge(it);
  return [allowed, ingress?.rule?.comment];
}

Deno.test("pods without policies are asked about by no chain", () => {
  const judged = evaluator([chain("in", [rule("all", [], DROP)])], [], [["10.0.0.9", jump("in")]])
    .judge(packet("10.0.0.1", "10.0.0.2"));
  assertEquals(judged, { allowed: true, egress: undefined, ingress: undefined, base: undefined, way: [] });
});

Deno.test("both directions have to let it through, and each is told", () => {
  const it = evaluator(
    [
      chain("out", [
        rule("to 80", [among("l4proto", ["tcp"]), among("th-dport", ["80"])], RETURN),
        rule("no", [], DROP),
      ]),
      chain("in", [rule("from 5", [among("ip-saddr", ["10.0.0.5"])], RETURN), rule("isolated", [], DROP)]),
    ],
    [["10.0.0.5", jump("out")], ["10.0.0.6", jump("out")]],
    [["10.0.0.7", jump("in")]],
  );
  const told = (one: Packet) => {
    const { allowed, egress, ingress, way } = it.judge(one);
    return [allowed, egress?.rule?.comment, ingress?.rule?.comment, way.map(({ comment }) => comment)];
  };
  assertEquals(told(packet("10.0.0.5", "10.0.0.7")), [true, "to 80", "from 5", [
    "egress4",
    "to 80",
    "ingress4",
    "from 5",
  ]]);
  assertEquals(told(packet("10.0.0.6", "10.0.0.7")), [false, "to 80", "isolated", [
    "egress4",
    "to 80",
    "ingress4",
    "isolated",
  ]]);
  // It gets as far as the drop; the other direction is told all the same.
  assertEquals(told(packet("10.0.0.5", "10.0.0.7", 81)), [false, "no", "from 5", ["egress4", "no"]]);
  assertEquals(told(packet("10.0.0.8", "10.0.0.7", 81)), [false, undefined, "isolated", ["ingress4", "isolated"]]);
});

Deno.test("a pod reaches itself before it is judged; a connection that is new is not established", () => {
  const drop = [chain("in", [rule("isolated", [], DROP)])];
  const judged = evaluator(drop, [], [["10.0.0.1", jump("in")]]).judge(packet("10.0.0.1", "10.0.0.1"));
  assertEquals([judged.allowed, judged.ingress, judged.base?.comment], [true, undefined, "itself"]);
});

Deno.test("what a chain does not end goes on: return, goto, jump and its end", () => {
  const inner = (verdict: Verdict) => [
    chain("inner", [rule("inner", [among("th-dport", ["80"])], verdict)]),
    chain("after", []),
  ];
  const it = packet("10.0.0.1", "10.0.0.2");
  const isolated = rule("isolated", [], DROP);
  assertEquals(byRules([rule("", [], jump("inner")), isolated], it, inner(RETURN)), [false, "isolated"]);
  assertEquals(byRules([rule("", [], jump("inner")), isolated], it, inner(ACCEPT)), [true, "inner"]);
  assertEquals(byRules([rule("", [], jump("inner"))], it, inner(DROP)), [false, "inner"]);
  assertEquals(byRules([rule("", [], jump("inner"))], it, inner(RETURN)), [true, undefined]);
  assertEquals(byRules([rule("", [], { tag: "goto", val: "inner" }), isolated], it, inner(RETURN)), [true, "inner"]);
  assertEquals(byRules([rule("", [], { tag: "goto", val: "after" }), isolated], it, inner(RETURN)), [true, undefined]);
  assertEquals(byRules([rule("", [], jump("after")), isolated], it, inner(RETURN)), [false, "isolated"]);
  assertEquals(byRules([], it), [true, undefined]);
});

Deno.test("after an accept in a chain of egress nothing is asked about ingress", () => {
  const { allowed, ingress } = evaluator(
    [chain("out", [rule("all", [], ACCEPT)]), chain("in", [rule("isolated", [], DROP)])],
    [["10.0.0.1", jump("out")]],
    [["10.0.0.2", jump("in")]],
  ).judge(packet("10.0.0.1", "10.0.0.2"));
  assertEquals([allowed, ingress], [true, undefined]);
});

Deno.test("matches: sets, intervals, ranges, concatenations, and what is negated", () => {
  const sets = [
    ...set("peers", ["ipv4-addr"], ["10.0.0.1"]),
    ...set("nets", ["ipv4-addr"], ["10.8.0.0/16", "10.1.0.5-10.1.0.9", "10.2.0.1"], true),
    ...set("six", ["ipv6-addr"], ["fd00:8::/32"], true),
    ...set("ports", ["ipv4-addr", "inet-proto", "inet-service"], ["10.0.0.2 . udp . 53"]),
  ];
  const matches = (match: Match, source: string, port = 80, protocol = "tcp") =>
    byRules(
      [rule("hit", [match], RETURN), rule("miss", [], DROP)],
      packet(source, "10.0.0.2", port, protocol),
      sets,
    )[1];
  const table: [Match, string, number, string, string][] = [
    [inSet(["ip-saddr"], "peers"), "10.0.0.1", 80, "tcp", "hit"],
    [inSet(["ip-saddr"], "peers"), "10.0.0.3", 80, "tcp", "miss"],
    [inSet(["ip-saddr"], "peers", true), "10.0.0.3", 80, "tcp", "hit"],
    [inSet(["ip-saddr"], "peers", true), "10.0.0.1", 80, "tcp", "miss"],
    [inSet(["ip-saddr"], "nets"), "10.8.255.255", 80, "tcp", "hit"],
    [inSet(["ip-saddr"], "nets"), "10.9.0.0", 80, "tcp", "miss"],
    [inSet(["ip-saddr"], "nets"), "10.1.0.5", 80, "tcp", "hit"],
    [inSet(["ip-saddr"], "nets"), "10.1.0.9", 80, "tcp", "hit"],
    [inSet(["ip-saddr"], "nets"), "10.1.0.4", 80, "tcp", "miss"],
    [inSet(["ip-saddr"], "nets"), "10.1.0.10", 80, "tcp", "miss"],
    [inSet(["ip-saddr"], "nets"), "10.2.0.1", 80, "tcp", "hit"],
    [inSet(["ip-saddr"], "nets", true), "10.2.0.1", 80, "tcp", "miss"],
    [inSet(["ip6-saddr"], "six"), "10.2.0.1", 80, "tcp", "miss"],
    // No field of IPv6: the rule does not apply, negated or not.
    [inSet(["ip6-saddr"], "six", true), "10.2.0.1", 80, "tcp", "miss"],
    [inSet(["ip-daddr", "l4proto", "th-dport"], "ports"), "10.0.0.1", 53, "udp", "hit"],
    [inSet(["ip-daddr", "l4proto", "th-dport"], "ports"), "10.0.0.1", 53, "tcp", "miss"],
    [among("l4proto", ["tcp", "udp"]), "10.0.0.1", 80, "sctp", "miss"],
    [among("l4proto", ["tcp"], true), "10.0.0.1", 80, "sctp", "hit"],
    [among("th-dport", ["1-79", "81-65535"]), "10.0.0.1", 80, "tcp", "miss"],
    [among("th-dport", ["1-79", "80-90"]), "10.0.0.1", 80, "tcp", "hit"],
    [among("ip-saddr", ["10.0.0.0/24"]), "10.0.0.1", 80, "tcp", "hit"],
    [among("ip-saddr", ["10.0.0.0/24"], true), "10.0.0.1", 80, "tcp", "miss"],
    [{ tag: "connection", val: ["new"] }, "10.0.0.1", 80, "tcp", "hit"],
    [{ tag: "at-most", val: 5 }, "10.0.0.1", 80, "tcp", "hit"],
  ];
  for (const [match, source, port, protocol, expected] of table) {
    assertEquals(matches(match, source, port, protocol), expected, JSON.stringify([match, source, port, protocol]));
  }
});

Deno.test("addresses are read in any notation, and families do not mix", () => {
  const table = new Ruleset();
  table.change([
    chain("in", [rule("isolated", [], DROP)]),
    ...set("ingress6", ["ipv6-addr"], [["fd00::1", jump("in")]]),
    forward([lookup("ip6-daddr", "ingress6")]),
  ]);
  const it = new Evaluator(table);
  assertEquals(it.judge(packet("fd00::2", "FD00:0:0:0::1")).allowed, false);
  assertEquals(it.judge(packet("10.0.0.1", "10.0.0.2")).allowed, true);
  assertThrows(() => it.judge(packet("fd00::2", "10.0.0.1")), Error, "two address families");
  assertThrows(() => it.judge(packet("pod", "10.0.0.1")), Error, 'its address is none: "pod"');
});

Deno.test("rules that log and count are passed; those that read what is not known are told", () => {
  const log: Statement = { tag: "log", val: { group: 1, prefix: "in 1", snaplen: 0 } };
  const quiet: Rule = { matches: [among("iifname", ["eth0"])], statements: [log], comment: "" };
  assertEquals(byRules([quiet, rule("isolated", [], DROP)], packet("10.0.0.1", "10.0.0.2")), [false, "isolated"]);
  assertThrows(
    () => byRules([rule("", [among("th-sport", ["80"])], DROP)], packet("10.0.0.1", "10.0.0.2")),
    Error,
    "th-sport",
  );
  const lost = { name: "forward", rules: [rule("", [], jump("nowhere"))] };
  const content = { sets: new Map(), chains: new Map([["forward", lost]]), counters: new Set<string>() };
  assertThrows(() => new Evaluator(content).judge(packet("10.0.0.1", "10.0.0.2")), Error, "chain nowhere");
});

Deno.test("packets without ports match no port", () => {
  const it: Packet = { source: "10.0.0.1", destination: "10.0.0.2", protocol: "icmp" };
  assertEquals(byRules([rule("80", [among("th-dport", ["0-65535"])], RETURN), rule("no", [], DROP)], it), [
    false,
    "no",
  ]);
});

Deno.test("big sets are searched, not gone through", () => {
  const nets = Array.from({ length: 50_000 }, (_, at) => `10.${at >> 8}.${at & 255}.0/25`);
  const pods = Array.from(
    { length: 10_000 },
    (_, at): [string, Verdict] => [`172.16.${at >> 8}.${at & 255}`, jump("in")],
  );
  const it = evaluator(
    [
      ...set("nets", ["ipv4-addr"], nets, true),
      chain("in", [
        rule("in", [inSet(["ip-saddr"], "nets")], RETURN),
        rule("isolated", [], DROP),
      ]),
    ],
    [],
    pods,
  );
  const judge = (at: number) => it.judge(packet(`10.3.${at & 255}.${at % 200}`, `172.16.1.${at & 255}`)).allowed;
  judge(0);
  const began = performance.now();
  let allowed = 0;
  for (let at = 0; at < 5_000; at++) if (judge(at)) allowed++;
  const ms = performance.now() - began;
  assert(allowed > 1_000 && allowed < 4_500, `${allowed}`);
  assert(ms < 500, `5,000 packets took ${ms} ms`);
});
