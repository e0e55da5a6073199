// Rules against what was added, and adding them again. What others have added is left there.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import type { Reading } from "../reading.ts";
import { isMeant, listRules } from "./find.ts";
import { createRules } from "./mod.ts";
import { ruleText } from "./text.ts";

type RuleChange = Extract<Change, { kind: "rule-added" | "rule-removed" }>;

/** `rule from 10.1.0.5/32 lookup 100 (container) is gone`. A rule that was removed comes again by nobody's doing but ours. */
export function ruleDifferences(now: Reading, { kind, ns, rule }: RuleChange): string[] {
  if (kind === "rule-removed") return [];
  const present = now.shared(ns, "rules", () => listRules(now.context, ns));
  return present.some((it) => isMeant(it, rule)) ? [] : [`rule ${ruleText(rule)} (${ns}) is gone`];
}

export function redoRuleChange(context: HostContext, { kind, ns, rule }: RuleChange): void {
  if (kind === "rule-added") createRules(context).add(ns, { ...rule, more: false });
}
