// /overview: what one wants to know first.

import { Hono } from "hono";
import type { ClusterStatus } from "../../runtime/cluster/status.ts";
import type { CallFigures, FailedCall } from "../../runtime/query/call_history.ts";
import { livenessOfRow } from "../../runtime/query/node_view.ts";
import type { WebParts } from "../parts.ts";
import { type PoolSummary, summaryOf } from "./pool.ts";

export interface OverviewAnswer {
  readonly node: string;
  readonly version: string;
  /** The fullest first. */
  readonly pools: readonly PoolSummary[];
  readonly attachments: {
    readonly total: number;
    /** Of containers that are gone; null where there are too many to look at. */
    readonly dead: number | null;
  };
  /** Of the agent's last hour. */
  readonly calls: readonly CallFigures[];
  /** The newest first. */
  readonly failures: readonly FailedCall[];
  /** `none`: the agent runs no overlay; `silent`: its thread does not answer. */
  readonly cluster: ClusterStatus | "none" | "silent";
  readonly now: number;
}

/** Looking at more containers' namespaces takes longer than a page may. */
const MOST_LOOKS = 5_000;

export function overviewApi({ node, version, view, pools: history, calls, cluster }: WebParts): Hono {
  return new Hono().get("/overview", async () => {
    const snapshot = view.snapshot();
    const { attachments } = snapshot;
    const dead = attachments.length > MOST_LOOKS
      ? null
      : attachments.filter((row) => livenessOfRow(row) === "dead").length;
    const answer: OverviewAnswer = {
      node,
      version,
      pools: snapshot.pools.toSorted((a, b) => Number(b.held) / Number(b.size) - Number(a.held) / Number(a.size))
        .map((pool) => summaryOf(snapshot, pool, history)),
      attachments: { total: attachments.length, dead },
      calls: calls.figures(),
      failures: calls.failures(),
      cluster: await cluster(),
      now: Date.now(),
    };
    return Response.json(answer);
  });
}
