import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { createRules } from "./mod.ts";

/** Takes a change of a rule back. One that is not as it was made is someone else's, and stays. */
export function undoRuleChange(
  context: HostContext,
  { kind, ns, rule }: Extract<Change, { kind: "rule-added" | "rule-removed" }>,
): void {
  const rules = createRules(context);
  if (kind === "rule-added") rules.remove(ns, { ...rule, more: false });
  else rules.add(ns, { ...rule, more: false });
}
