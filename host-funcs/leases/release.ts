// Ends leases: by their attachment, or all that belong to no attachment any more.

import type { AttachmentId } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { type Database, transaction } from "../state/database.ts";
import { giveBack } from "./free_space.ts";
import type { LeaseSurroundings } from "./mod.ts";
import { poolsWith } from "./pool_record.ts";
import { nextSequence } from "./sequence.ts";

/**
 * Deletes the lease if it still is that one, and makes its address free in every pool that it belongs to. Inside a
 * transaction. Answers whether it was there.
 *
 * @param releasedMs when the cool-down starts; 0 for an address that was never used
 */
export function removeLease(
  database: Database,
  network: string,
  store: string,
  lease: { readonly address: string; readonly sequence: number },
  releasedMs: number,
): boolean {
  const deleted = database.run(
    "DELETE FROM leases WHERE network = ? AND store = ? AND address = ? AND sequence = ?",
    network,
    store,
    lease.address,
    lease.sequence,
  );
  if (deleted === 0) return false;
  const sequence = nextSequence(database);
  for (const { id, layout, range, number } of poolsWith(database, network, store, lease.address)) {
    database.run("UPDATE pools SET held = held - 1 WHERE id = ?", id);
    if (layout.ranges[range]!.reserved.has(number)) continue;
    giveBack(database, id, layout, { range, address: number }, sequence, releasedMs);
  }
  return true;
}

/**
 * `retain` of the contract. A lease stays as well where the ledger has its attachment, which then was not to be removed
 * (it is another runtime's, say), and where its attachment's ADD is under way.
 */
export function retain(
  context: HostContext,
  store: string,
  valid: readonly AttachmentId[],
  world: LeaseSurroundings,
): number {
  const database = context.database();
  const { network } = context.attachment;
  const attachments = new Set(valid.map(({ containerId, ifname }) => `${containerId} ${ifname}`));
  const containers = new Set(valid.map(({ containerId }) => containerId));
  return transaction(database, () => {
    // Read inside the transaction: an ADD is in its journal before it leases, and in the ledger before that is gone.
    for (const key of context.underWay?.() ?? []) {
      if (key.network === network) attachments.add(`${key.containerId} ${key.ifname}`);
    }
    const rows = database.all(
      `SELECT address, container_id, ifname, sequence FROM leases WHERE network = ? AND store = ? AND NOT EXISTS (
        SELECT 1 FROM attachments AS made
          WHERE made.network = leases.network AND made.container_id = leases.container_id
            AND leases.ifname IN (made.ifname, '')
      )`,
      network,
      store,
    );
    const stale = rows
      // One that was imported without an interface name stays as long as its container does.
      .filter((row) => row.ifname === "" ? !containers.has(String(row.container_id)) : true)
      .filter((row) => row.ifname === "" || !attachments.has(`${row.container_id} ${row.ifname}`))
      .map((row) => ({ address: String(row.address), sequence: Number(row.sequence) }));
    if (stale.length === 0) return 0;
    context.record({ kind: "lease-released", store, addresses: stale.map((lease) => lease.address) });
    for (const lease of stale) removeLease(database, network, store, lease, world.now());
    return stale.length;
  });
}
