// What attachments have of the table of port maps, as the node's state remembers it: a row for each port, and one for each
// link whose `route_localnet` was set for it.

import type { AttachmentKey, HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { isInUse, type OwnedElement, putElement, removeElement } from "../firewall/elements.ts";
import type { Database } from "../state/database.ts";
import { findLink } from "../links/look_up.ts";
import { hostEndsOf, livenessOf } from "../state/liveness.ts";
import { netnsId } from "../sys/identity.ts";
import { type CanonicalMap, describePort, mapOfRow } from "./port_map.ts";

/** A port map, with whose connections are masqueraded on their way. */
export interface OwnedMap {
  readonly map: CanonicalMap;
  /** See `Sources`. */
  readonly sources: string;
}

/** The kinds of the state's elements that are this interface's. */
export function isPortKind(kind: OwnedElement["kind"]): kind is "port-map" | "localnet" {
  return kind === "port-map" || kind === "localnet";
}

/** The row of a port map: what it leads to comes after the sources, so that rows of one list lie together in the index. */
export function rowOf({ map, sources }: OwnedMap): OwnedElement {
  return { kind: "port-map", key: map.key, value: `${sources} ${map.address} ${map.containerPort}` };
}

export function ownedOfRow({ key, value }: Pick<OwnedElement, "key" | "value">): OwnedMap {
  const [sources, address, containerPort] = value.split(" ") as [string, string, string];
  return { map: mapOfRow(key, address, Number(containerPort)), sources };
}

type ClaimContext = Pick<HostContext, "attachment" | "database" | "netlink" | "standIn">;

/**
 * Writes the attachment's maps down. What an attachment has whose pod is gone, as its DEL never came, is taken over; not
 * where a link of that pod's is still on the node.
 *
 * @returns the maps that were taken over, of others
 * @throws {HostCallError} `exists` where another attachment has a port
 */
export function claim(
  context: ClaimContext,
  maps: readonly OwnedMap[],
): OwnedMap[] {
  const { attachment: owner } = context;
  const database = context.database();
  const taken: OwnedMap[] = [];
  for (const each of maps) {
    for (const other of ownersOf(database, each.map.key)) {
      if (isSame(owner, other) && other.value === rowOf(each).value) continue;
      if (!isGone(context, other)) throw conflict(each.map, owner, other);
      removeElement(database, other, "port-map", each.map.key);
      taken.push(ownedOfRow(other));
    }
    putElement(database, owner, rowOf(each));
  }
  return taken;
}

/** The path of a namespace is not enough: who takes the port of a pod that runs cuts it off. */
function isGone(context: ClaimContext, other: AttachmentKey): boolean {
  const { standIn } = context;
  const database = context.database();
  const identify = standIn?.netnsId === undefined ? netnsId : (path: string) => standIn.netnsId!(path);
  return livenessOf(database, other, identify) === "dead" &&
    !hostEndsOf(database, other).some((name) => findLink(context.netlink("host"), "host", name) !== undefined);
}

/** Whether an attachment has that port. */
export function isClaimed(database: Database, key: string): boolean {
  return database.get("SELECT 1 FROM firewall_elements WHERE kind = 'port-map' AND key = ?", key) !== undefined;
}

/** Whether an attachment has a port with that list of sources, which tells its family. */
export function isListInUse(database: Database, sources: string): boolean {
  // A value is the list, a space, which `!` follows, and the rest.
  const row = database.get(
    `SELECT 1 FROM firewall_elements INDEXED BY firewall_elements_by_value
      WHERE kind = 'port-map' AND value >= ? AND value < ? LIMIT 1`,
    `${sources} `,
    `${sources}!`,
  );
  return row !== undefined;
}

/** Whether any attachment has a port, or has had a link's parameter set. */
export function isTableInUse(database: Database): boolean {
  return isInUse(database, "port-map") || isInUse(database, "localnet");
}

function ownersOf(database: Database, key: string): (AttachmentKey & { key: string; value: string })[] {
  return database.all(
    "SELECT network, container_id, ifname, value FROM firewall_elements WHERE kind = 'port-map' AND key = ?",
    key,
  ).map((row) => ({
    network: String(row.network),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
    key,
    value: String(row.value),
  }));
}

function isSame(a: AttachmentKey, b: AttachmentKey): boolean {
  return a.network === b.network && a.containerId === b.containerId && a.ifname === b.ifname;
}

function conflict(map: CanonicalMap, owner: AttachmentKey, other: AttachmentKey): HostCallError {
  const name = ({ network, containerId, ifname }: AttachmentKey) => `${network}/${containerId}/${ifname}`;
  const whose = isSame(owner, other) ? "this attachment has it already" : `attachment ${name(other)} has it`;
  return new HostCallError(
    "exists",
    `Cannot map ${describePort(map)} to ${map.address} as ${whose}: two pods cannot have one port of a node. ` +
      "Choose another port or another hostIP, or delete that pod; `cnidaria attachments` shows whose it is",
  );
}
