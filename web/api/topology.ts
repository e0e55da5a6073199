// /topology: what hangs where, and the way of a packet between two of them.

import { Hono } from "hono";
import type { ClusterStatus } from "../../runtime/cluster/status.ts";
import { networksOf, segmentsOf, type Way, wayOf } from "../../runtime/query/topology.ts";
import type { WebParts } from "../parts.ts";
import { type ShownAttachment, shownRow } from "./attachments.ts";

export interface ShownSegment {
  /** Empty: pods that each have a link of their own. */
  readonly name: string;
  readonly networks: readonly string[];
  readonly count: number;
  /** The first of them. */
  readonly pods: readonly ShownAttachment[];
}

export interface TopologyAnswer {
  readonly node: string;
  readonly segments: readonly ShownSegment[];
  readonly cluster: ClusterStatus | "none" | "silent";
  /** Where `from` and `to` are asked for: one of the two. */
  readonly way?: Way;
  readonly noWay?: string;
}

/** Pods of a segment that are told. The attachments have them all. */
const MOST_PODS = 50;

export function topologyApi({ node, view, cluster }: WebParts): Hono {
  return new Hono().get("/topology", async ({ req }) => {
    const { attachments } = view.snapshot();
    const status = await cluster();
    const answer: TopologyAnswer = {
      node,
      segments: segmentsOf(attachments).map(({ name, pods }) => ({
        name,
        networks: networksOf(pods),
        count: pods.length,
        pods: pods.slice(0, MOST_PODS).map(shownRow),
      })),
      cluster: status,
      ...wayAsked(
        req.query("from") ?? "",
        req.query("to") ?? "",
        (from, to) => wayOf(from, to, attachments, typeof status === "string" ? undefined : status, node),
      ),
    };
    return Response.json(answer);
  });
}

/** What is not known is told beside the rest. */
function wayAsked(
  from: string,
  to: string,
  find: (from: string, to: string) => Way,
): Pick<TopologyAnswer, "way" | "noWay"> {
  if (from.trim() === "" && to.trim() === "") return {};
  try {
    return { way: find(from.trim(), to.trim()) };
  } catch (error) {
    if (error instanceof RangeError) return { noWay: `${error.message}.` };
    throw error;
  }
}
