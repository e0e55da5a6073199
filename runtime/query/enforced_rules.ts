// The rules that are in force, ready to judge by: they are read and prepared once for all who look at about the same time.

import type { EnforcedPod, EnforcedPolicies } from "../policy/enforced.ts";
import { Evaluator } from "../policy/evaluate.ts";
import type { PolicyStatus } from "../policy/policy_status.ts";
import { fromJson } from "../policy/ruleset_json.ts";
import type { Parties } from "../policy/explain.ts";

export interface ReadyRules extends Parties {
  readonly evaluator: Evaluator;
  /** Those whose traffic is judged here, by namespace and name. */
  readonly local: readonly (EnforcedPod & { readonly node?: string })[];
}

/** Pods can change where neither the rules nor any number does: what was read is good for as long as this. */
const KEPT_MS = 5_000;

export class EnforcedRules {
  #kept: { readonly key: string; readonly at: number; readonly rules: Promise<ReadyRules | undefined> } | undefined;

  /** @param read undefined where nothing is in force, or nobody answers */
  constructor(private readonly read: () => Promise<EnforcedPolicies | undefined>) {}

  /** @param now milliseconds since 1970 */
  async current({ lastPlan, objects, localPods, inForce }: PolicyStatus, now: number): Promise<ReadyRules | undefined> {
    const key = JSON.stringify([lastPlan, objects, localPods, inForce]);
    if (this.#kept?.key !== key || now - this.#kept.at > KEPT_MS) {
      const rules = this.read().then((it) => it && readyRules(it));
      this.#kept = { key, at: now, rules };
      // A failure is not kept.
      rules.catch(() => this.#kept = undefined);
    }
    return await this.#kept.rules;
  }
}

/** @throws {Error} a sentence, for what is no table */
export function readyRules({ content, node, addresses, pods: all }: EnforcedPolicies): ReadyRules {
  const pods = all.map((pod) => pod.local ? { ...pod, node } : pod);
  const nameOf = (pod: EnforcedPod) => `${pod.namespace}/${pod.name}`;
  const local = pods.filter((it) => it.local).map((pod) => ({ pod, name: nameOf(pod) }));
  local.sort((one, other) => one.name < other.name ? -1 : 1);
  return {
    evaluator: new Evaluator(fromJson(content)),
    pods,
    nodes: [{ name: node, addresses }],
    local: local.map(({ pod }) => pod),
  };
}
