// Who holds the addresses of a pool, and in what state: by number, in order.

import type { ListedLease } from "../../host-funcs/leases/list.ts";
import type { PoolUse } from "../../host-funcs/leases/pools.ts";
import { rangeOf } from "../../host-funcs/leases/layout.ts";
import { parseAddress } from "../../host-funcs/ip_number.ts";
import type { AttachmentRow } from "./attachment_rows.ts";
import { livenessOfRow, type NodeSnapshot } from "./node_view.ts";

/** `stale`: of a container that is gone; `leaked`: of no attachment that the ledger knows. */
export type HeldState = "used" | "stale" | "leaked";

export interface Holder {
  readonly number: bigint;
  readonly lease: ListedLease;
  readonly attachment: AttachmentRow | undefined;
}

const known = new WeakMap<NodeSnapshot, Map<PoolUse, readonly Holder[]>>();
const attachments = new WeakMap<NodeSnapshot, ReadonlyMap<string, AttachmentRow>>();

/** In the order of addresses. Kept as long as the snapshot is. */
export function holdersOf(snapshot: NodeSnapshot, pool: PoolUse): readonly Holder[] {
  const pools = known.get(snapshot) ?? new Map();
  known.set(snapshot, pools);
  const found = pools.get(pool) ?? readHolders(snapshot, pool);
  pools.set(pool, found);
  return found;
}

/** Looks whether its namespace is there: some 10 µs. */
export function stateOf({ attachment }: Holder): HeldState {
  if (attachment === undefined) return "leaked";
  return livenessOfRow(attachment) === "dead" ? "stale" : "used";
}

function readHolders(snapshot: NodeSnapshot, { network, store, layout }: PoolUse): Holder[] {
  const rows = attachmentsOf(snapshot);
  return snapshot.leases.flatMap((lease): Holder[] => {
    if (lease.network !== network || lease.store !== store) return [];
    const address = parseAddress(lease.address);
    if (address === undefined || rangeOf(layout, address.family, address.number) === undefined) return [];
    return [{ number: address.number, lease, attachment: rows.get(keyOf(lease)) }];
  });
}

function attachmentsOf(snapshot: NodeSnapshot): ReadonlyMap<string, AttachmentRow> {
  const found = attachments.get(snapshot) ?? new Map(snapshot.attachments.map((row) => [keyOf(row), row]));
  attachments.set(snapshot, found);
  return found;
}

function keyOf({ network, containerId, ifname }: Pick<AttachmentRow, "network" | "containerId" | "ifname">): string {
  return `${network}\n${containerId}\n${ifname}`;
}
