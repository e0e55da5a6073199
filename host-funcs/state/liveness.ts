// Whether an attachment that the ledger knows can still be in use.

import type { Database } from "./database.ts";
import { type LedgerRow, listParts } from "./attachments.ts";
import type { AttachmentKey } from "../context.ts";

/** `unknown` where the ledger has no row: its ADD may be under way, or another program made it. */
export type Liveness = "alive" | "dead" | "unknown";

/** Dead is an attachment that was made before the last boot, or whose namespace is gone or has become another. */
export function livenessOf(database: Database, attachment: AttachmentKey): Liveness {
  const rows = listParts(database, attachment);
  if (rows.length === 0) return "unknown";
  return rows.some((row) => isAlive(row)) ? "alive" : "dead";
}

function isAlive(row: LedgerRow): boolean {
  if (row.bootId !== "" && row.bootId !== currentBootId()) return false;
  if (row.netnsPath === "") return true;
  try {
    const { dev, ino } = Deno.statSync(row.netnsPath);
    return row.netnsId === "" || row.netnsId === `${dev}:${ino}`;
  } catch (cause) {
    return !(cause instanceof Deno.errors.NotFound);
  }
}

/** Names this boot of the machine; empty where the kernel does not say. */
export function currentBootId(): string {
  try {
    return Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
  } catch {
    return "";
  }
}
