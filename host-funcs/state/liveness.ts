// Whether an attachment that the ledger knows can still be in use.

import type { Database } from "./database.ts";
import { type LedgerRow, listParts } from "./attachments.ts";
import type { Change } from "../change.ts";
import type { AttachmentKey } from "../context.ts";
import { bootId, netnsId } from "../sys/identity.ts";

/** `unknown` where the ledger has no row: its ADD may be under way, or another program made it. */
export type Liveness = "alive" | "dead" | "unknown";

/**
 * Dead is an attachment that was made before the last boot, or whose namespace is gone or has become another.
 *
 * @param identify tells a namespace by its path
 */
export function livenessOf(database: Database, attachment: AttachmentKey, identify = netnsId): Liveness {
  const rows = listParts(database, attachment);
  if (rows.length === 0) return "unknown";
  return rows.some((row) => isAlive(row, identify)) ? "alive" : "dead";
}

/** Whether the boot and the namespace of a row are still there. */
export function isAlive(row: LedgerRow, identify = netnsId): boolean {
  if (row.bootId !== bootId()) return false;
  return row.netnsPath === "" || identify(row.netnsPath) === row.netnsId;
}

/**
 * Names of the attachment's links on the node that go with the container's namespace. Where one of them is there, so is
 * the namespace, even if its path does not lead there: it may do so in another mount namespace alone.
 */
export function hostEndsOf(database: Database, attachment: AttachmentKey): string[] {
  return listParts(database, attachment).filter((row) => row.bootId === bootId())
    .flatMap((row) => JSON.parse(row.changes) as Change[])
    .flatMap((change) =>
      change.kind === "link-created" && change.ns === "host" && change.peer?.ns === "container" ? [change.name] : []
    );
}
