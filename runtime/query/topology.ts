// What is connected to what on a node: its bridges and their pods, pods that it routes to without one, and the overlay.

import type { ClusterStatus } from "../cluster/status.ts";
import type { PeerState } from "../cluster/peers.ts";
import type { AttachmentRow } from "./attachment_rows.ts";

/** Attachments that one bridge connects. */
export interface BridgeGroup {
  /** Empty for those without a bridge: the node routes to each. */
  readonly bridge: string;
  /** Sorted. */
  readonly networks: readonly string[];
  readonly attachments: readonly AttachmentRow[];
}

/** Groups attachments by their bridges: by name, those without one last. */
export function bridgeGroups(attachments: readonly AttachmentRow[]): BridgeGroup[] {
  const groups = [...Map.groupBy(attachments, ({ bridge }) => bridge)].map(([bridge, rows]) => ({
    bridge,
    networks: [...new Set(rows.map(({ network }) => network))].sort(),
    attachments: rows,
  }));
  return groups.sort((one, other) =>
    one.bridge === "" ? 1 : other.bridge === "" ? -1 : one.bridge < other.bridge ? -1 : 1
  );
}

/** How many peers are in each state. */
export function peerCounts({ peers }: Pick<ClusterStatus, "peers">): Readonly<Record<PeerState, number>> {
  const counts = { connected: 0, ignored: 0, failed: 0 };
  for (const { state } of peers) counts[state]++;
  return counts;
}
