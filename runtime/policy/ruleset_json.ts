// What is in a table of nftables, as JSON: how the agent tells its rules to who asks.

import type { Chain, Match, Rule, Verdict } from "cnidaria:cni/nftables@0.3.0";
import * as v from "valibot";
import { differenceOf } from "../../host-funcs/firewall/ruleset/difference.ts";
import { type HeldSet, Ruleset, type TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";

const field = v.picklist([
  ...["ip-saddr", "ip-daddr", "ip6-saddr", "ip6-daddr", "ether-saddr", "ether-daddr"] as const,
  ...["iifname", "oifname", "l4proto", "th-sport", "th-dport"] as const,
]);
const datatype = v.picklist(["ipv4-addr", "ipv6-addr", "ether-addr", "ifname", "inet-proto", "inet-service"]);
const whole = v.pipe(v.number(), v.integer());

function tagged<const Tag extends string, Val extends v.GenericSchema>(tag: Tag, val: Val) {
  return v.object({ tag: v.literal(tag), val });
}

const verdict = v.variant("tag", [
  v.object({ tag: v.literal("accept") }),
  v.object({ tag: v.literal("drop") }),
  v.object({ tag: v.literal("return") }),
  tagged("jump", v.string()),
  tagged("goto", v.string()),
]);
const match = v.variant("tag", [
  tagged("in-set", v.object({ fields: v.array(field), set: v.string(), negated: v.boolean() })),
  tagged("one-of", v.object({ field, values: v.array(v.string()), negated: v.boolean() })),
  tagged("connection", v.array(v.picklist(["new", "established", "related", "invalid"]))),
  tagged("icmpv6-type", v.array(whole)),
  tagged("at-most", whole),
]);
const statement = v.variant("tag", [
  tagged("counter", v.string()),
  tagged("log", v.object({ group: whole, prefix: v.string(), snaplen: whole })),
  tagged("verdict", verdict),
  tagged("verdict-map", v.object({ fields: v.array(field), map: v.string() })),
]);
const set = v.object({
  name: v.string(),
  key: v.array(datatype),
  intervals: v.boolean(),
  verdicts: v.boolean(),
  elements: v.array(v.object({ key: v.string(), verdict: v.exactOptional(verdict) })),
});
const chain = v.object({
  name: v.string(),
  base: v.exactOptional(v.object({
    hook: v.picklist(["prerouting", "input", "forward", "output", "postrouting"]),
    priority: whole,
  })),
  rules: v.array(v.object({ matches: v.array(match), statements: v.array(statement), comment: v.string() })),
});
const schema = v.object({ sets: v.array(set), chains: v.array(chain), counters: v.array(v.string()) });

/** Lists of what has a name; an element is `{"key", "verdict"}`, the verdict in verdict maps alone. */
export type ContentJson = v.InferOutput<typeof schema>;

export function toJson({ sets, chains, counters }: TableContent): ContentJson {
  return {
    sets: [...sets.values()].map(({ name, key, intervals, verdicts, elements }) => ({
      name,
      key: [...key],
      intervals,
      verdicts,
      elements: [...elements].map(([key, verdict]) => verdict === undefined ? { key } : { key, verdict }),
    })),
    chains: [...chains.values()].map(({ rules, ...rest }) => ({
      ...rest,
      rules: rules.map(({ matches, ...rule }) => ({
        ...rule,
        matches: matches.map((it) => it.tag === "icmpv6-type" ? { tag: it.tag, val: [...it.val] } : it),
      })),
    })),
    counters: [...counters],
  };
}

/**
 * Reads what `toJson` made, checked as a component's rules are.
 *
 * @throws {Error} a sentence, for what is no table
 */
export function fromJson(json: unknown): TableContent {
  const checked = v.safeParse(schema, json, { abortEarly: true });
  if (!checked.success) {
    const [issue] = checked.issues;
    throw new Error(`Cannot read rules as ${v.getDotPath(issue) ?? "what was told"} is invalid: ${issue.message}`);
  }
  const { sets, chains, counters } = checked.output;
  const told: TableContent = {
    sets: byName(sets.map(({ elements, ...it }): HeldSet => ({
      ...it,
      elements: new Map(elements.map(({ key, verdict }): [string, Verdict | undefined] => [key, verdict])),
    }))),
    chains: byName(chains.map(({ rules, ...it }): Chain => ({
      ...it,
      rules: rules.map((rule): Rule => ({ ...rule, matches: rule.matches.map(readMatch) })),
    }))),
    counters: new Set(counters),
  };
  const ruleset = new Ruleset();
  ruleset.change(differenceOf(ruleset, told));
  return ruleset;
}

function readMatch(match: ContentJson["chains"][number]["rules"][number]["matches"][number]): Match {
  return match.tag === "icmpv6-type" ? { tag: match.tag, val: new Uint8Array(match.val) } : match;
}

function byName<T extends { readonly name: string }>(all: readonly T[]): Map<string, T> {
  return new Map(all.map((it) => [it.name, it]));
}
