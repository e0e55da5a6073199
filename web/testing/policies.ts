// Network policies that are in force on no kernel.

import { toJson } from "../../runtime/policy/ruleset_json.ts";
import type { EnforcedPod } from "../../runtime/policy/enforced.ts";
import type { PolicyStatus } from "../../runtime/policy/policy_status.ts";
import { type Judged, tableOf } from "../../runtime/policy/testing.ts";
import type { PolicyAnswers } from "../../runtime/agent/policy/messages.ts";
import type { WebParts } from "../parts.ts";

export const POLICY_STATUS: PolicyStatus = {
  node: "node-1",
  synced: true,
  inForce: true,
  waitsFor: [],
  troubles: [],
  objects: { Namespace: 2, Pod: 3, Node: 1, NetworkPolicy: 1, ClusterNetworkPolicy: 0 },
  localPods: 3,
  rejected: [],
  waiting: [],
  lastPlan: { at: 1, changes: 12, ms: 3.4 },
  elements: 6,
  repairs: 0,
  failures: 0,
};

/** A pod of this node. */
export function enforcedPod(
  name: string,
  addresses: readonly string[],
  ports: readonly number[] = [],
  namespace = "shop",
): EnforcedPod {
  return {
    ...{ namespace, name, addresses, local: true },
    ports: ports.map((port) => ({ name: `port-${port}`, protocol: "tcp", port })),
  };
}

/** @param asked counts what is asked, by its name */
export function policyParts(
  judged: Judged,
  pods: readonly EnforcedPod[],
  given: Partial<PolicyAnswers> = {},
  asked = new Map<string, number>(),
): Pick<WebParts, "policy"> {
  const answers: PolicyAnswers = {
    status: POLICY_STATUS,
    enforced: { node: "node-1", addresses: ["192.0.2.1"], content: toJson(tableOf(judged)), pods },
    drops: { drops: [] },
    measures: { status: POLICY_STATUS, counts: [], dropsSeen: 0 },
    ...given,
  };
  return {
    policy: (question) => {
      asked.set(question, (asked.get(question) ?? 0) + 1);
      return Promise.resolve(answers[question]);
    },
  };
}
