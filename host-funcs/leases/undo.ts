// Takes changes of leases back.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { transaction } from "../state/database.ts";
import { ownerOf } from "./owner.ts";
import { removeLease } from "./release.ts";

/** A change that `undoLeaseChange` knows. */
export type LeaseChange = Extract<Change, { kind: "lease-acquired" | "lease-released" }>;

/**
 * Frees an acquired lease, unless the address has got a later owner; no cool-down, as no packet had it. A release is
 * final, like the deletion of a link: the address may be someone else's by now.
 */
export function undoLeaseChange(context: HostContext, change: LeaseChange): void {
  if (change.kind === "lease-released") return;
  const database = context.database();
  const { network, containerId, ifname } = context.attachment;
  transaction(database, () => {
    const owner = ownerOf(database, network, change.store, change.address);
    if (owner?.containerId !== containerId || owner.ifname !== ifname) return;
    removeLease(database, network, change.store, { address: change.address, sequence: change.sequence }, 0);
  });
}
