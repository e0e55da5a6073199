// Random tables for property tests, such as components may ask for, as the changes that make them.

import type { Change, Datatype, Field, Match, Rule, Statement, Verdict } from "cnidaria:cni/nftables@0.3.0";
import fc from "fast-check";
import { fieldTypes } from "../set_key.ts";

/** Sets by name, each with one of two types: so that two tables may have different ones by the same name. */
const setTypes: Readonly<
  Record<string, readonly (readonly [key: Datatype[], intervals: boolean, verdicts: boolean])[]>
> = {
  "peers4": [[["ipv4-addr"], false, false], [["ipv4-addr"], true, false]],
  "peers6": [[["ipv6-addr"], false, false], [["ipv6-addr"], true, false]],
  "ports": [[["ipv4-addr", "inet-proto", "inet-service"], false, false], [["inet-service"], true, false]],
  "links": [[["ifname"], false, false], [["ether-addr"], false, false]],
  "map4": [[["ipv4-addr"], false, true], [["ipv4-addr", "inet-proto"], false, true]],
  "map6": [[["ipv6-addr"], false, true], [["ipv6-addr"], false, true]],
};

/** In their order: each jumps to later ones only. */
const plainChains = ["egress/a", "egress/b", "rest.1", "rest.2", "last-one"];
const counters = ["drops", "ingress.accept.ns/name"];

const byte = fc.nat(255);
const short = fc.nat(4);
const values: Readonly<Record<Datatype, fc.Arbitrary<string>>> = {
  "ipv4-addr": short.map((at) => `10.0.${at}.7`),
  "ipv6-addr": short.map((at) => `fd00::${at}:7`),
  "ether-addr": byte.map((at) => `02:00:00:00:00:${at.toString(16).padStart(2, "0")}`),
  "ifname": fc.constantFrom("eth0", "lo", "veth1234"),
  "inet-proto": fc.constantFrom("tcp", "udp", "sctp", "47"),
  "inet-service": fc.integer({ min: 1, max: 65535 }).map(String),
};

/** None overlaps another. */
const intervals: Partial<Record<Datatype, readonly string[]>> = {
  "ipv4-addr": ["0.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "11.0.0.1-11.0.0.77", "12.1.1.1", "255.0.0.0/8"],
  "ipv6-addr": ["::", "fd00::/64", "fd00:0:0:1::/64", "fd01::1-fd01::9", "ffff::/16"],
  "inet-service": ["0-22", "80", "81-90", "443", "65000-65535"],
};

const valueOrInterval = (type: Datatype) => fc.oneof(values[type], fc.constantFrom(...intervals[type] ?? ["tcp"]));

interface Set {
  readonly name: string;
  readonly key: Datatype[];
  readonly intervals: boolean;
  readonly verdicts: boolean;
}

/** All changes of one table, from nothing. */
export const table: fc.Arbitrary<Change[]> = fc.record({
  sets: fc.record(Object.fromEntries(
    Object.entries(setTypes).map(([name, types]) => [name, fc.option(fc.constantFrom(...types))]),
  )),
  chains: fc.subarray(plainChains),
  bases: fc.record({
    forward: fc.option(fc.constantFrom(-1, 0)),
    in: fc.option(fc.constantFrom(0, 10)),
  }),
  counters: fc.subarray(counters),
}).chain(({ sets: types, chains, bases, counters }) => {
  const sets = Object.entries(types).flatMap(([name, type]) =>
    type === null ? [] : [{ name, key: [...type[0]], intervals: type[1], verdicts: type[2] }]
  );
  // Last ones first, as who jumps needs where to.
  const wanted = [
    ...chains.toReversed().map((name) => ({ name, later: chains.slice(chains.indexOf(name) + 1), base: undefined })),
    ...bases.forward === null
      ? []
      : [{ name: "forward", later: chains, base: { hook: "forward", priority: bases.forward } }],
    ...bases.in === null ? [] : [{ name: "in", later: chains, base: { hook: "input", priority: bases.in } }],
  ] as { name: string; later: string[]; base: { hook: "forward" | "input"; priority: number } | undefined }[];
  return fc.tuple(
    fc.tuple(...sets.map((set) => elements(set, chains.slice(-2)))),
    // Maps lead to the last two chains, so these must not read them.
    fc.tuple(
      ...wanted.map(({ name, later, base }) =>
        fc.array(rule(chains.slice(-2).includes(name) ? sets.filter((set) => !set.verdicts) : sets, later, counters), {
          maxLength: 3,
        }).map((rules): Change => ({
          tag: "put-chain",
          val: base === undefined ? { name, rules } : { name, base, rules },
        }))
      ),
    ),
  ).map(([elements, chains]) => [
    ...sets.map((val): Change => ({ tag: "add-set", val })),
    ...counters.map((val): Change => ({ tag: "add-counter", val })),
    ...chains,
    ...elements,
  ]);
});

function elements({ name, key, intervals: isInterval, verdicts }: Set, chains: string[]): fc.Arbitrary<Change> {
  const keys = isInterval
    ? fc.subarray([...intervals[key[0]!]!])
    : fc.uniqueArray(fc.tuple(...key.map((type) => values[type])).map((parts) => parts.join(" . ")), { maxLength: 5 });
  return keys.chain((keys) =>
    fc.tuple(...keys.map(() => verdict(chains))).map((given): Change => ({
      tag: "put-elements",
      val: { set: name, elements: keys.map((key, at) => verdicts ? { key, verdict: given[at]! } : { key }) },
    }))
  );
}

function verdict(chains: string[]): fc.Arbitrary<Verdict> {
  return fc.constantFrom<Verdict>(
    { tag: "accept" },
    { tag: "drop" },
    { tag: "return" },
    ...chains.flatMap((val): Verdict[] => [{ tag: "jump", val }, { tag: "goto", val }]),
  );
}

/** What one rule reads. Link addresses are read by themselves: nft moves them to where other headers are read. */
const fieldsRead: Readonly<Record<"ip-" | "ip6-" | "ether-", readonly Field[]>> = {
  "ip-": ["ip-saddr", "ip-daddr", "iifname", "oifname", "l4proto", "th-sport", "th-dport"],
  "ip6-": ["ip6-saddr", "ip6-daddr", "iifname", "oifname", "l4proto", "th-sport", "th-dport"],
  "ether-": ["ether-saddr", "ether-daddr", "iifname", "oifname"],
};

function rule(sets: Set[], later: string[], counters: string[]): fc.Arbitrary<Rule> {
  return fc.constantFrom<keyof typeof fieldsRead>("ip-", "ip6-", "ether-").chain((kind) => {
    const fields = fieldsRead[kind];
    const fieldOf = (type: Datatype) => fc.constantFrom(...fields.filter((field) => fieldTypes[field] === type));
    const readable = sets.filter(({ key }) => key.every((type) => fields.some((field) => fieldTypes[field] === type)));
    const fieldsOf = ({ key }: Set) => fc.tuple(...key.map(fieldOf));
    const matches: fc.Arbitrary<Match>[] = [
      fc.constantFrom(...fields).chain((field) =>
        fc.record({
          field: fc.constant(field),
          values: fc.uniqueArray(
            valueOrInterval(fieldTypes[field]).filter((text) => text !== "tcp" || fieldTypes[field] === "inet-proto"),
            { minLength: 1, maxLength: 4 },
          ),
          negated: fc.boolean(),
        }).map((val): Match => ({ tag: "one-of", val }))
      ),
      fc.subarray(["new", "established", "related", "invalid"] as const, { minLength: 1 })
        .map((val): Match => ({ tag: "connection", val })),
      fc.integer({ min: 1, max: 1000 }).map((val): Match => ({ tag: "at-most", val })),
      ...kind !== "ip6-" ? [] : [
        fc.uniqueArray(byte, { minLength: 1, maxLength: 3 })
          .map((types): Match => ({ tag: "icmpv6-type", val: new Uint8Array(types) })),
      ],
      ...readable.filter(({ verdicts }) => !verdicts).map((set) =>
        fc.tuple(fieldsOf(set), fc.boolean())
          .map(([fields, negated]): Match => ({ tag: "in-set", val: { fields, set: set.name, negated } }))
      ),
    ];
    const before: fc.Arbitrary<Statement>[] = [
      fc.record({ group: byte, prefix: fc.constantFrom("", "egress/a 3"), snaplen: byte })
        .map((val): Statement => ({ tag: "log", val })),
      ...counters.length === 0 ? [] : [fc.constantFrom(...counters).map((val): Statement => ({ tag: "counter", val }))],
    ];
    const last: fc.Arbitrary<Statement>[] = [
      verdict(later).map((val): Statement => ({ tag: "verdict", val })),
      ...readable.filter(({ verdicts }) => verdicts).map((set) =>
        fieldsOf(set).map((fields): Statement => ({ tag: "verdict-map", val: { fields, map: set.name } }))
      ),
    ];
    return fc.record({
      matches: fc.array(fc.oneof(...matches), { maxLength: 4 }),
      statements: fc.tuple(fc.array(fc.oneof(...before), { maxLength: 2 }), fc.oneof(...last))
        .map(([some, end]) => [...some, end]),
      comment: fc.constantFrom("", "NetworkPolicy ns/name ingress[0]", 'ClusterNetworkPolicy "x"\n} \\'),
    }).map((rule) => ({ ...rule, matches: withOneMac(rule.matches) }))
      .map((rule) => readsTransport(rule) ? { ...rule, matches: withoutIcmp(rule.matches) } : rule);
  });
}

/** nft writes comparisons of both MACs in an order of its own. */
function withOneMac(matches: readonly Match[]): Match[] {
  const isMac = ({ tag, val }: Match) => tag === "one-of" && val.field.startsWith("ether-");
  const first = matches.find(isMac);
  return matches.filter((match) => !isMac(match) || match === first);
}

/** Beside other protocols nft refuses ICMPv6: no packet has both. */
function withoutIcmp(matches: readonly Match[]): Match[] {
  return matches.filter(({ tag }) => tag !== "icmpv6-type");
}

function readsTransport({ matches, statements }: Rule): boolean {
  return [
    ...matches.flatMap(({ tag, val }) => tag === "in-set" ? val.fields : tag === "one-of" ? [val.field] : []),
    ...statements.flatMap(({ tag, val }) => tag === "verdict-map" ? val.fields : []),
  ].some((field) => field === "l4proto" || field.startsWith("th-"));
}
