// What each attachment has in the packet filter, as the node's state remembers it.

import type { AttachmentKey } from "../context.ts";
import type { ForwardingKind } from "../forwarding/table.ts";
import type { Database } from "../state/database.ts";

/**
 * `isolation`: an address that is isolated, `isolation-ended` one that is not any more; see `isolation_take_over.ts`.
 * `port-map` and `localnet` are those of `host-funcs/port-maps`, the last three of `host-funcs/forwarding`.
 */
export type ElementKind =
  | "masquerade"
  | "mac-check"
  | "isolation"
  | "isolation-ended"
  | "port-map"
  | "localnet"
  | ForwardingKind;

export interface OwnedElement {
  readonly kind: ElementKind;
  readonly key: string;
  readonly value: string;
}

/** Adds it, or replaces the attachment's element with the same key. */
export function putElement(database: Database, owner: AttachmentKey, { kind, key, value }: OwnedElement): void {
  database.run(
    `INSERT OR REPLACE INTO firewall_elements (kind, key, network, container_id, ifname, value)
      VALUES (?, ?, ?, ?, ?, ?)`,
    kind,
    key,
    owner.network,
    owner.containerId,
    owner.ifname,
    value,
  );
}

export function removeElement(database: Database, owner: AttachmentKey, kind: ElementKind, key: string): void {
  database.run(
    "DELETE FROM firewall_elements WHERE kind = ? AND key = ? AND network = ? AND container_id = ? AND ifname = ?",
    kind,
    key,
    owner.network,
    owner.containerId,
    owner.ifname,
  );
}

/** All that the attachment has. */
export function elementsOf(database: Database, owner: AttachmentKey): OwnedElement[] {
  return database.all(
    `SELECT kind, key, value FROM firewall_elements INDEXED BY firewall_elements_by_attachment
      WHERE container_id = ? AND ifname = ? AND network = ? ORDER BY kind, key`,
    owner.containerId,
    owner.ifname,
    owner.network,
  ).map((row) => ({ kind: row.kind as ElementKind, key: String(row.key), value: String(row.value) }));
}

/** What attachments say of a key, each value once: more than one only if they differ. A bridge has a row for each pod. */
export function valuesOf(database: Database, kind: ElementKind, key: string): string[] {
  return database.all(
    "SELECT DISTINCT value FROM firewall_elements WHERE kind = ? AND key = ? ORDER BY value",
    kind,
    key,
  ).map((row) => String(row.value));
}

/** The value that this attachment has for a key. */
export function valueOf(
  database: Database,
  owner: AttachmentKey,
  kind: ElementKind,
  key: string,
): string | undefined {
  return elementsOf(database, owner).find((element) => element.kind === kind && element.key === key)?.value;
}

/** Whether any attachment has an element of that kind, with that value if there is one. */
export function isInUse(database: Database, kind: ElementKind, value?: string): boolean {
  const row = value === undefined
    ? database.get("SELECT 1 FROM firewall_elements WHERE kind = ? LIMIT 1", kind)
    : database.get(
      "SELECT 1 FROM firewall_elements INDEXED BY firewall_elements_by_value WHERE kind = ? AND value = ? LIMIT 1",
      kind,
      value,
    );
  return row !== undefined;
}
