// Every lease of the node, for people.

import { parseAddress } from "../ip_number.ts";
import type { Database } from "../state/database.ts";

export interface ListedLease {
  readonly network: string;
  /** Empty: the default store. */
  readonly store: string;
  /** Without prefix length. */
  readonly address: string;
  readonly containerId: string;
  /** Empty for one that was imported without. */
  readonly ifname: string;
  /** Empty where CNI_ARGS named no pod. */
  readonly podNamespace: string;
  readonly podName: string;
  /** When it was given, milliseconds since 1970. */
  readonly sinceMs: number;
}

/** By network, store, and address in the order of numbers. */
export function listLeases(database: Database): ListedLease[] {
  const rows = database.all(
    `SELECT network, store, address, container_id, ifname, pod_namespace, pod_name, since_ms FROM leases
      ORDER BY network, store`,
  );
  const leases = rows.map((row) => ({
    network: String(row.network),
    store: String(row.store),
    address: String(row.address),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
    podNamespace: String(row.pod_namespace),
    podName: String(row.pod_name),
    sinceMs: Number(row.since_ms),
    order: parseAddress(String(row.address)),
  }));
  leases.sort((a, b) =>
    compare(a.network, b.network) || compare(a.store, b.store) || compare(a.order?.family ?? 0, b.order?.family ?? 0) ||
    compare(a.order?.number ?? 0n, b.order?.number ?? 0n)
  );
  return leases.map(({ order: _, ...lease }) => lease);
}

function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
