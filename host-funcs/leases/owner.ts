// Who holds a lease, and how to say so.

import type { AttachmentKey, HostContext } from "../context.ts";
import type { Database, Row } from "../state/database.ts";

export interface LeaseOwner extends AttachmentKey {
  readonly address: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly sequence: number;
}

export const ownerColumns = "network, address, container_id, ifname, pod_namespace, pod_name, sequence";

/** The pod that CNI_ARGS names; empty texts where it names none. */
export function podOf(context: HostContext): { namespace: string; name: string } {
  const value = (key: string) => context.args.findLast(([name]) => name === key)?.[1] ?? "";
  return { namespace: value("K8S_POD_NAMESPACE"), name: value("K8S_POD_NAME") };
}

/** The owner of an address, if it has one. */
export function ownerOf(database: Database, network: string, store: string, address: string): LeaseOwner | undefined {
  const row = database.get(
    `SELECT ${ownerColumns} FROM leases WHERE network = ? AND store = ? AND address = ?`,
    network,
    store,
    address,
  );
  return row === undefined ? undefined : toOwner(row);
}

/** The leases of an attachment. One that was imported without an interface name counts for any interface. */
export function leasesOf(database: Database, attachment: AttachmentKey, store: string): LeaseOwner[] {
  return database.all(
    `SELECT ${ownerColumns} FROM leases INDEXED BY leases_by_attachment
      WHERE container_id = ? AND ifname IN (?, '') AND network = ? AND store = ?
      ORDER BY sequence`,
    attachment.containerId,
    attachment.ifname,
    attachment.network,
    store,
  ).map(toOwner);
}

/** `pod kube-system/dns (container 5e3f, eth0)`, for messages. */
export function describeOwner(owner: LeaseOwner): string {
  const container = `container ${owner.containerId}${owner.ifname === "" ? "" : `, ${owner.ifname}`}`;
  return owner.podName === "" ? container : `pod ${owner.podNamespace}/${owner.podName} (${container})`;
}

/** A sentence on who holds the leases of a network's store: the three namespaces with the most. */
export function describeHolders(database: Database, network: string, store: string): string {
  const rows = database.all(
    `SELECT pod_namespace, count(*) AS held FROM leases WHERE network = ? AND store = ? GROUP BY pod_namespace
      ORDER BY held DESC, pod_namespace`,
    network,
    store,
  );
  const total = rows.reduce((sum, row) => sum + Number(row.held), 0);
  if (total === 0) return `network ${network} holds no lease`;
  const top = rows.slice(0, 3).map((row) =>
    row.pod_namespace === ""
      ? `${row.held} by containers without a pod's name`
      : `${row.held} by namespace ${row.pod_namespace}`
  );
  if (rows.length > 3) top.push(`the others by ${rows.length - 3} more namespaces`);
  return `network ${network} holds ${total} ${total === 1 ? "lease" : "leases"}: ${top.join(", ")}`;
}

export function toOwner(row: Row): LeaseOwner {
  return {
    network: String(row.network),
    address: String(row.address),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
    podNamespace: String(row.pod_namespace),
    podName: String(row.pod_name),
    sequence: Number(row.sequence),
  };
}
