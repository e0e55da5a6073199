// One rule of a chain: checked, and put into canonical form.

import type { Field, Match, OneOf, Rule, Statement, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { quote, refuse } from "./refusal.ts";
import type { TableContent } from "./ruleset.ts";
import { fieldTypes } from "./set_key.ts";
import { parseSpan } from "./values.ts";

/** The kernel takes 128 expressions a rule: a match has at most seven of these. */
const MAX_MATCHES = 16;
const MAX_STATEMENTS = 8;
const MAX_VALUES = 10_000;
const MAX_COMMENT = 4096;
const LOG_PREFIX = /^[a-z0-9._/ -]{0,120}$/;

/** Of the address family that the fields and types are of; what is not here is of any. */
const families: Partial<Record<Field, 4 | 6>> = { "ip-saddr": 4, "ip-daddr": 4, "ip6-saddr": 6, "ip6-daddr": 6 };

/**
 * @param doing completes "Cannot": what the rule is checked for
 * @throws {HostCallError} `invalid`
 */
export function canonicalRule(rule: Rule, table: TableContent, doing: string): Rule {
  const { matches, statements, comment } = rule;
  if (matches.length > MAX_MATCHES) refuse(doing, `it has ${matches.length} matches: at most ${MAX_MATCHES}`);
  if (statements.length > MAX_STATEMENTS) {
    refuse(doing, `it has ${statements.length} statements: at most ${MAX_STATEMENTS}`);
  }
  if (comment.length > MAX_COMMENT) refuse(doing, `its comment is longer than ${MAX_COMMENT} characters`);
  checkOneFamily(rule, doing);
  return {
    matches: matches.map((match) => canonicalMatch(match, table, doing)),
    statements: statements.map((statement, at) => {
      const isLast = at === statements.length - 1;
      if (!isLast && (statement.tag === "verdict" || statement.tag === "verdict-map")) {
        refuse(doing, `there are statements behind its ${statement.tag}: they would never run`);
      }
      return canonicalStatement(statement, table, doing);
    }),
    comment,
  };
}

function canonicalMatch(match: Match, table: TableContent, doing: string): Match {
  switch (match.tag) {
    case "in-set": {
      const { fields, set, negated } = match.val;
      checkLookup(fields, set, false, table, doing);
      return { tag: "in-set", val: { fields: [...fields], set, negated } };
    }
    case "one-of":
      return { tag: "one-of", val: canonicalValues(match.val, doing) };
    case "connection":
      if (match.val.length === 0) refuse(doing, "it matches no state of a connection");
      return { tag: "connection", val: [...new Set(match.val)].sort() };
    case "icmpv6-type":
      if (match.val.length === 0) refuse(doing, "it matches no type of ICMPv6");
      return { tag: "icmpv6-type", val: new Uint8Array(new Set(match.val)).sort() };
    case "at-most":
      if (match.val === 0) refuse(doing, "it matches 0 times a second");
      return { tag: "at-most", val: match.val };
  }
}

function canonicalValues({ field, values, negated }: OneOf, doing: string): OneOf {
  if (values.length === 0) refuse(doing, `it compares ${field} with no value`);
  if (values.length > MAX_VALUES) {
    refuse(doing, `it compares ${field} with ${values.length} values: at most ${MAX_VALUES}`);
  }
  const type = fieldTypes[field];
  const canonical = values.map((text) =>
    (parseSpan(type, text) ?? refuse(doing, `${quote(text)} is no value of ${type}, for ${field}`)).text
  );
  return { field, values: [...new Set(canonical)], negated };
}

function canonicalStatement(
  statement: Statement,
  table: TableContent,
  doing: string,
): Statement {
  switch (statement.tag) {
    case "counter":
      if (!table.counters.has(statement.val)) refuse(doing, `there is no counter ${quote(statement.val)}`);
      return { tag: "counter", val: statement.val };
    case "log": {
      const { group, prefix, snaplen } = statement.val;
      if (!LOG_PREFIX.test(prefix)) {
        refuse(
          doing,
          `a log prefix is at most 120 characters of a-z, 0-9, ".", "_", "-", "/" and " ": ${quote(prefix)}`,
        );
      }
      return { tag: "log", val: { group, prefix, snaplen } };
    }
    case "verdict": {
      return { tag: "verdict", val: canonicalVerdict(statement.val, table, doing) };
    }
    case "verdict-map": {
      const { fields, map } = statement.val;
      checkLookup(fields, map, true, table, doing);
      return { tag: "verdict-map", val: { fields: [...fields], map } };
    }
  }
}

/** @throws {HostCallError} `invalid`, if it leads to no chain, or to a base chain */
export function canonicalVerdict(verdict: Verdict, table: Pick<TableContent, "chains">, doing: string): Verdict {
  if (verdict.tag !== "jump" && verdict.tag !== "goto") return { tag: verdict.tag };
  const chain = table.chains.get(verdict.val);
  if (chain === undefined) refuse(doing, `there is no chain ${quote(verdict.val)} to ${verdict.tag} to`);
  if (chain.base !== undefined) refuse(doing, `nothing can ${verdict.tag} to ${verdict.val}: it is a base chain`);
  return { tag: verdict.tag, val: verdict.val };
}

function checkLookup(fields: readonly Field[], name: string, verdicts: boolean, table: TableContent, doing: string) {
  const kind = verdicts ? "verdict map" : "set";
  const set = table.sets.get(name);
  if (set === undefined) refuse(doing, `there is no ${kind} ${quote(name)}`);
  if (set.verdicts !== verdicts) refuse(doing, `${name} is ${verdicts ? "a set" : "a verdict map"}, no ${kind}`);
  const types = fields.map((field) => fieldTypes[field]);
  if (types.join(" . ") === set.key.join(" . ")) return;
  refuse(doing, `the key of ${kind} ${name} is ${set.key.join(" . ")}, and ${fields.join(" . ")} ${types.join(" . ")}`);
}

function checkOneFamily({ matches, statements }: Rule, doing: string): void {
  const found = new Map<4 | 6, string>();
  const read = (field: Field) => {
    const family = families[field];
    if (family !== undefined) found.set(family, field);
  };
  for (const { tag, val } of matches) {
    if (tag === "in-set") val.fields.forEach(read);
    else if (tag === "one-of") read(val.field);
    else if (tag === "icmpv6-type") found.set(6, tag);
  }
  for (const { tag, val } of statements) if (tag === "verdict-map") val.fields.forEach(read);
  if (found.size > 1) refuse(doing, `no packet has both: ${[...found.values()].join(" and ")}`);
}
