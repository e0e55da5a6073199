// Between the agent and its thread for network policies.

import type { NumberedDrop } from "../../policy/drops/drop_ring.ts";
import type { EnforcedPolicies } from "../../policy/enforced.ts";
import type { PolicyCount } from "../../policy/policy_counts.ts";
import type { PolicyOptions } from "../../policy/policy_options.ts";
import type { PolicyStatus } from "../../policy/policy_status.ts";

/** To the thread, first of all. */
export interface PolicyStart {
  readonly role: "policy";
  readonly options: PolicyOptions;
  /** `Deno.mainModule`, which a thread does not know. */
  readonly mainModule: string;
}

/** What it answers. */
export type PolicyAnswers = {
  readonly status: PolicyStatus;
  /** `null` before anything is in force. */
  readonly enforced: EnforcedPolicies | null;
  /** Of those after the number that is asked with. */
  readonly drops: Drops;
  readonly measures: PolicyMeasures;
};

export interface Drops {
  readonly drops: readonly NumberedDrop[];
}

/** For metrics. */
export interface PolicyMeasures {
  readonly status: PolicyStatus;
  readonly counts: readonly PolicyCount[];
  /** Dropped packets that were seen in the log since the start. */
  readonly dropsSeen: number;
}
