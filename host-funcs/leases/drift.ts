// Leases against what was given, and giving them again.

import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { Reading } from "../reading.ts";
import { transaction } from "../state/database.ts";
import { bootId } from "../sys/identity.ts";
import { placeLease } from "./acquire.ts";
import { describeOwner, type LeaseOwner, ownerOf } from "./owner.ts";
import type { LeaseChange } from "./undo.ts";

/** `the lease of 10.1.0.5 is held by pod default/web (container 5e3f, eth0)`. */
export function leaseDifferences({ context }: Reading, change: LeaseChange): string[] {
  if (change.kind === "lease-released") return [];
  const owner = ownerNow(context, change);
  if (owner === undefined) return [`the lease of ${change.address} is gone`];
  if (isOwn(context, owner)) return [];
  return [`the lease of ${change.address} is held by another attachment: ${describeOwner(owner)}`];
}

/**
 * Gives the attachment its lease again, under its old number: by that its DEL finds it.
 *
 * @throws {HostCallError} `busy` if the address is someone else's by now
 */
export function redoLeaseChange(context: HostContext, change: LeaseChange): void {
  if (change.kind === "lease-released") return;
  const { store, address, sequence } = change;
  const { containerId } = context.attachment;
  const database = context.database();
  transaction(database, () => {
    const owner = ownerNow(context, change);
    if (owner !== undefined && isOwn(context, owner)) return;
    if (owner !== undefined) {
      throw new HostCallError(
        "busy",
        `Cannot give the lease of ${address} back to container ${containerId} as ${describeOwner(owner)} holds it: ` +
          "delete one of the two pods",
      );
    }
    placeLease(database, context, store, address, sequence, { now: () => Date.now(), bootId });
  });
}

function ownerNow(context: HostContext, { store, address }: { store: string; address: string }) {
  return ownerOf(context.database(), context.attachment.network, store, address);
}

function isOwn({ attachment }: HostContext, owner: LeaseOwner): boolean {
  return owner.containerId === attachment.containerId && (owner.ifname === attachment.ifname || owner.ifname === "");
}
