// /policy: how the network policies of this node are, who may reach whom and why, and what was dropped.

import { Hono } from "hono";
import { type PolicyMatrix, policyMatrix } from "../../runtime/query/policy_matrix.ts";
import type { PolicyCount } from "../../runtime/policy/policy_counts.ts";
import type { PolicyStatus } from "../../runtime/policy/policy_status.ts";
import type { NumberedDrop } from "../../runtime/policy/drops/drop_ring.ts";
import type { WebParts } from "../parts.ts";
import { EnforcedRules } from "../../runtime/query/enforced_rules.ts";

/** The newest that are told, of each. */
const MOST_DROPS = 50;
const MOST_COUNTS = 100;
/** What is told of what is wrong, and of what is waited for. */
const MOST_LISTED = 50;

export interface PolicyAnswer {
  /** `none`: the agent enforces none; `silent`: its thread does not answer. The rest is empty then. */
  readonly enforcing: "yes" | "none" | "silent";
  /** Its `rejected` and `waiting` are cut; the numbers of all are beside. */
  readonly status?: PolicyStatus;
  readonly rejectedCount: number;
  readonly waitingCount: number;
  /** None before a plan is in force. */
  readonly matrix?: PolicyMatrix;
  /** The newest first. */
  readonly drops: readonly NumberedDrop[];
  /** Of all that the log has told since the start. */
  readonly dropsSeen?: number;
  /** What was denied most comes first. */
  readonly counts: readonly PolicyCount[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function policyApi({ policy }: WebParts): Hono {
  const rules = new EnforcedRules(async () => {
    const answer = await policy("enforced");
    return answer === null || typeof answer === "string" ? undefined : answer;
  });
  return new Hono().get("/policy", async ({ req }) => {
    const status = await policy("status");
    const now = Date.now();
    const nothing = { rejectedCount: 0, waitingCount: 0, drops: [], counts: [], now };
    if (typeof status === "string") return Response.json({ enforcing: status, ...nothing } satisfies PolicyAnswer);
    const [current, logged, measures] = await Promise.all([
      rules.current(status, now),
      policy("drops", 0),
      policy("measures"),
    ]);
    const answer: PolicyAnswer = {
      ...{ enforcing: "yes", now, rejectedCount: status.rejected.length, waitingCount: status.waiting.length },
      status: {
        ...status,
        rejected: status.rejected.slice(0, MOST_LISTED),
        waiting: status.waiting.slice(0, MOST_LISTED),
      },
      ...current !== undefined && { matrix: policyMatrix(current, new URL(req.url).searchParams) },
      drops: typeof logged === "string" ? [] : logged.drops.slice(-MOST_DROPS).reverse(),
      ...typeof measures !== "string" && { dropsSeen: measures.dropsSeen },
      counts: typeof measures === "string" ? [] : most(measures.counts),
    };
    return Response.json(answer);
  });
}

function most(counts: readonly PolicyCount[]): PolicyCount[] {
  const rank = ({ verdict }: PolicyCount) => verdict === "accept" ? 1 : 0;
  return [...counts].sort((one, other) => rank(one) - rank(other) || other.packets - one.packets).slice(0, MOST_COUNTS);
}
