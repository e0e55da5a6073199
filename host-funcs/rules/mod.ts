// The `rules` interface of the contract.

import type * as Rules from "cnidaria:cni/rules@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { RuleValue } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { attempt, EEXIST, ENOENT } from "../sys/errno.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { couldMean, isMeant, listRules, plainRule, rulesOf } from "./find.ts";
import { familyOf, RTM_DELRULE, RTM_NEWRULE, ruleMessage } from "./rule_message.ts";
import { ruleText } from "./text.ts";

/** The host functions of `cnidaria:cni/rules`, for one call. */
export function createRules(context: HostContext): typeof Rules {
  return {
    list: (ns) => listRules(context, ns),
    add(ns, rule) {
      const value = plainRule(rule);
      const what = `add ${describeRule(ns, value)}`;
      // Looked for first: a change must not be written down for a rule that is someone else's.
      if (rulesOf(context, ns, familyOf(value)).some((present) => isMeant(present, value))) {
        throw new HostCallError("exists", `Cannot ${what} as it exists already (EEXIST)`, EEXIST);
      }
      context.record({ kind: "rule-added", ns, rule: value });
      const message = ruleMessage(RTM_NEWRULE, value, NLM_F_CREATE | NLM_F_EXCL);
      attempt(what, () => context.netlink(ns).request(message));
    },
    remove: (ns, rule) => removeRule(context, ns, plainRule(rule)),
  };
}

function removeRule(context: HostContext, ns: Ns, value: RuleValue): void {
  const what = `remove ${describeRule(ns, value)}`;
  const present = rulesOf(context, ns, familyOf(value));
  const meant = present.find((it) => isMeant(it, value));
  if (meant === undefined) {
    throw new HostCallError("not-found", `Cannot ${what} as it does not exist (ENOENT)`, ENOENT);
  }
  const rule = { ...value, priority: meant.priority };
  const first = present.find((it) => couldMean(it, rule));
  if (first !== meant) {
    throw new HostCallError(
      "unsupported",
      `Cannot ${what} as the kernel would take another of the same priority for it, ${ruleText(first!)}`,
    );
  }
  context.record({ kind: "rule-removed", ns, rule });
  attempt(what, () => context.netlink(ns).request(ruleMessage(RTM_DELRULE, rule)));
}

/** For messages: `the rule from 10.1.0.5/32 lookup 100 in the container`. */
function describeRule(ns: Ns, rule: RuleValue): string {
  return `the rule ${ruleText(rule)} ${ns === "container" ? "in the container" : "on the host"}`;
}
