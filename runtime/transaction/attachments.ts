// What each attachment of the node owns, as plain data: for the command line, and for whoever shows it.

import type { AttachmentKey } from "../../host-funcs/context.ts";
import { describe, type Sort } from "../../host-funcs/describe.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { type Liveness, livenessOf } from "../../host-funcs/state/liveness.ts";
import { parseArgs } from "../cni/environment.ts";
import { netEffect, sharedOf } from "./effect.ts";
import { attachmentsIn, changesOf, type Selection } from "./ledger_attachments.ts";

export interface DescribedAttachment extends AttachmentKey {
  /** K8S_POD_NAMESPACE and K8S_POD_NAME of CNI_ARGS; empty where they name none. */
  readonly podNamespace: string;
  readonly podName: string;
  /** In the order in which they ran. */
  readonly plugins: readonly string[];
  /** CNI_NETNS of the ADD. */
  readonly netns: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly liveness: Liveness;
  readonly owns: readonly Owned[];
}

export interface Owned {
  readonly sort: Sort;
  /** `10.1.0.5/24 of eth0 (container)`. */
  readonly text: string;
  /** It stays on the host when the attachment goes, since other pods use it. */
  readonly shared: boolean;
}

/** The attachments, the oldest first. */
export function describeAttachments(database: Database, selection: Selection = {}): DescribedAttachment[] {
  return attachmentsIn(database, selection).map((attachment) => {
    const { key, rows } = attachment;
    const changes = changesOf(attachment);
    const shared = new Set(sharedOf(changes).map((change) => JSON.stringify(change)));
    const args = new Map(parseArgs(rows[0].args));
    return {
      ...key,
      podNamespace: args.get("K8S_POD_NAMESPACE") ?? "",
      podName: args.get("K8S_POD_NAME") ?? "",
      plugins: rows.map(({ plugin }) => plugin),
      netns: rows[0].netnsPath,
      sinceMs: rows[0].createdAt,
      liveness: livenessOf(database, key),
      owns: netEffect(changes).flatMap((change) => {
        const described = describe(change);
        return described === undefined ? [] : [{ ...described, shared: shared.has(JSON.stringify(change)) }];
      }),
    };
  });
}
