// A table in nft's language, for tests: what `nft -f` makes of it has to be what our messages make.

import type { Match, Rule, Statement, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { commentOf } from "../kernel/user_data.ts";
import type { HeldSet, TableContent } from "../ruleset.ts";
import { targetOf } from "../uses.ts";

/** @param table `inet test` */
export function nftText(table: string, { sets, chains, counters }: TableContent): string {
  const lines = [`add table ${table}`];
  for (const chain of chains.values()) {
    const base = chain.base && ` { type filter hook ${chain.base.hook} priority ${chain.base.priority} ; }`;
    lines.push(`add chain ${table} ${chain.name}${base ?? ""}`);
  }
  for (const counter of counters) lines.push(`add counter ${table} ${counter}`);
  for (const set of sets.values()) lines.push(...setText(table, set));
  for (const { name, rules } of chains.values()) {
    for (const rule of rules) lines.push(`add rule ${table} ${name} ${ruleText(rule)}`);
  }
  return lines.join("\n");
}

function setText(table: string, { name, key, intervals, verdicts, elements }: HeldSet): string[] {
  const type = key.map((part) => part.replace("-", "_")).join(" . ") + (verdicts ? " : verdict" : "");
  const kind = verdicts ? "map" : "set";
  const lines = [`add ${kind} ${table} ${name} { type ${type} ; ${intervals ? "flags interval ;" : ""} }`];
  const texts = [...elements].map(([text, verdict]) => text + (verdict ? ` : ${verdictText(verdict)}` : ""));
  if (texts.length > 0) lines.push(`add element ${table} ${name} { ${texts.join(", ")} }`);
  return lines;
}

function ruleText(rule: Rule): string {
  const comment = commentOf(rule);
  return [
    ...rule.matches.map(matchText),
    ...rule.statements.map(statementText),
    ...comment === "" ? [] : [`comment "${comment}"`],
  ].join(" ");
}

function matchText({ tag, val }: Match): string {
  switch (tag) {
    case "in-set":
      return `${fieldsText(val.fields)} ${val.negated ? "!= " : ""}@${val.set}`;
    case "one-of":
      return `${fieldsText([val.field])} ${val.negated ? "!= " : ""}${listText(val.values)}`;
    case "connection":
      return `ct state ${val.join(",")}`;
    case "icmpv6-type":
      return `icmpv6 type ${listText([...val].map(String))}`;
    case "at-most":
      return `limit rate ${val}/second burst ${val} packets`;
  }
}

function statementText({ tag, val }: Statement): string {
  switch (tag) {
    case "counter":
      return `counter name "${val}"`;
    case "log":
      return `log${val.prefix === "" ? "" : ` prefix "${val.prefix}"`} group ${val.group} snaplen ${val.snaplen}`;
    case "verdict":
      return verdictText(val);
    case "verdict-map":
      return `${fieldsText(val.fields)} vmap @${val.map}`;
  }
}

function verdictText(verdict: Verdict): string {
  const target = targetOf(verdict);
  return target === undefined ? verdict.tag : `${verdict.tag} ${target}`;
}

function fieldsText(fields: readonly string[]): string {
  return fields.map((field) => field.includes("-") ? field.replace("-", " ") : field)
    .map((field) => field === "l4proto" ? "meta l4proto" : field).join(" . ");
}

function listText(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `{ ${values.join(", ")} }`;
}
