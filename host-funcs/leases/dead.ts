// Leases of before the last boot. Nothing that the kernel had outlives a boot, so that a lease whose attachment was not
// made again since is dead. Told by the boot's id and never by a time: the clock may have been set.

import type { HostContext } from "../context.ts";
import { parseAddress } from "../ip_number.ts";
import type { Database } from "../state/database.ts";
import { type Layout, rangeOf } from "./layout.ts";
import { describeOwner, type LeaseOwner, ownerColumns, toOwner } from "./owner.ts";
import { removeLease } from "./release.ts";

/** Leases that one acquire reclaims: it must not keep the node's one writer busy for long. */
const mostReclaimed = 64;

export interface DeadLease extends LeaseOwner {
  readonly store: string;
}

/**
 * The dead leases, the oldest first: of all networks, of one, or of one network's store. One of which the boot is not
 * known is not among them, nor one whose attachment has a row of the present boot.
 */
export function deadLeases(
  database: Database,
  presentBoot: string,
  where: { readonly network?: string; readonly store?: string } = {},
): DeadLease[] {
  const narrowed = Object.entries(where);
  return database.all(
    `SELECT ${ownerColumns}, store FROM leases
      WHERE boot_id NOT IN ('', ?1)${narrowed.map(([column], at) => ` AND ${column} = ?${at + 2}`).join("")}
      AND NOT EXISTS (
        SELECT 1 FROM attachments AS made
          WHERE made.network = leases.network AND made.container_id = leases.container_id
            AND leases.ifname IN (made.ifname, '') AND made.boot_id = ?1
      ) ORDER BY sequence`,
    presentBoot,
    ...narrowed.map(([, value]) => value),
  ).map((row) => ({ ...toOwner(row), store: String(row.store) }));
}

/** Whether the pool of that layout could give the address. */
export function liesIn(layout: Layout, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && rangeOf(layout, parsed.family, parsed.number) !== undefined;
}

/**
 * Ends dead leases of a pool that has no other address left, each with a line in the log. They need no cool-down: what
 * had them has been silent since before the boot. Inside a transaction. Answers how many.
 */
export function reclaimDead(context: HostContext, store: string, layout: Layout, presentBoot: string): number {
  const database = context.database();
  const { network } = context.attachment;
  const dead = deadLeases(database, presentBoot, { network, store }).filter((lease) => liesIn(layout, lease.address))
    .slice(0, mostReclaimed);
  for (const lease of dead) endDeadLease(context, database, lease);
  return dead.length;
}

/** Inside a transaction. Answers whether it was still there. */
export function endDeadLease(log: Pick<HostContext, "log">, database: Database, lease: DeadLease): boolean {
  if (!removeLease(database, lease.network, lease.store, lease, 0)) return false;
  log.log(
    "warn",
    `lease of ${lease.address} of network ${lease.network} reclaimed: ${describeOwner(lease)} held it before the ` +
      "node's last boot, and was not attached again",
  );
  return true;
}
