// Changes as tests write them: short.

import type { Chain, Change, Datatype, Match, NamedSet, Rule, Statement, Verdict } from "cnidaria:cni/nftables@0.3.0";

export function addSet(name: string, key: Datatype[], options: Partial<NamedSet> = {}): Change {
  return { tag: "add-set", val: { name, key, intervals: false, verdicts: false, ...options } };
}

export function put(set: string, ...keys: string[]): Change {
  return { tag: "put-elements", val: { set, elements: keys.map((key) => ({ key })) } };
}

export function putVerdict(set: string, key: string, verdict: Verdict): Change {
  return { tag: "put-elements", val: { set, elements: [{ key, verdict }] } };
}

export function remove(set: string, ...keys: string[]): Change {
  return { tag: "delete-elements", val: { set, keys } };
}

export function chain(name: string, ...rules: Rule[]): Change {
  return { tag: "put-chain", val: { name, rules } };
}

export function baseChain(name: string, hook: "input" | "output" | "forward", ...rules: Rule[]): Change {
  const val: Chain = { name, base: { hook, priority: 0 }, rules };
  return { tag: "put-chain", val };
}

export function rule(matches: Match[], statements: Statement[], comment = ""): Rule {
  return { matches, statements, comment };
}

export const accept: Statement = { tag: "verdict", val: { tag: "accept" } };
export const drop: Statement = { tag: "verdict", val: { tag: "drop" } };

export function jumpTo(val: string): Statement {
  return { tag: "verdict", val: { tag: "jump", val } };
}
