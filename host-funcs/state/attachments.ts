// The ledger: what each attachment was made of, so that DEL, CHECK and GC need nothing else.

import { removeCopy, writeCopy } from "./ledger_copy.ts";
import { type Database, type Row, transaction } from "./database.ts";

/** One plugin's part in an attachment: the plugins of a list are separate calls for the same container interface. */
export interface LedgerKey {
  readonly network: string;
  readonly containerId: string;
  readonly ifname: string;
  readonly plugin: string;
}

export interface LedgerRow extends LedgerKey {
  /** CNI_NETNS. */
  readonly netnsPath: string;
  /** `dev:ino` of that file; a namespace made later has another. */
  readonly netnsId: string;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  /** The network configuration, JSON text. */
  readonly config: string;
  /** CNI_ARGS. */
  readonly args: string;
  /** The result in its 1.1.0 form, JSON text. */
  readonly result: string;
  /** `Change[]`, JSON text. */
  readonly changes: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Name of the container runtime that asked for it; empty where that is not known. */
  readonly runtime: string;
  /** Names the ADD while its caller may ask for the same one again; else empty. */
  readonly callKey: string;
}

const columns =
  "network, container_id, ifname, plugin, netns_path, netns_id, boot_id, config, args, result, changes, created_ms, " +
  "runtime, call_key";

export function getAttachment(database: Database, key: LedgerKey): LedgerRow | undefined {
  const row = database.get(
    `SELECT ${columns} FROM attachments WHERE network = ? AND container_id = ? AND ifname = ? AND plugin = ?`,
    key.network,
    key.containerId,
    key.ifname,
    key.plugin,
  );
  return row === undefined ? undefined : toLedgerRow(row);
}

/** Inserts the row, or replaces the one with the same key; the copy of it is there before that is final. */
export function putAttachment(database: Database, row: LedgerRow): void {
  transaction(database, () => {
    insertRow(database, row);
    writeCopy(database, row);
  });
}

/** Makes the copy of a row true again, after an ADD died somewhere: without a row there is none. */
export function mendCopy(database: Database, key: LedgerKey): void {
  if (getAttachment(database, key) === undefined) removeCopy(database, key);
  else writeCopy(database, key);
}

function insertRow(database: Database, row: LedgerRow): void {
  database.run(
    `INSERT OR REPLACE INTO attachments (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.network,
    row.containerId,
    row.ifname,
    row.plugin,
    row.netnsPath,
    row.netnsId,
    row.bootId,
    row.config,
    row.args,
    row.result,
    row.changes,
    row.createdAt,
    row.runtime,
    row.callKey,
  );
}

/** Removes the row and, with the attachment's last one, its notes. Does nothing where there is none. */
export function removeAttachment(database: Database, key: LedgerKey): void {
  const { network, containerId, ifname, plugin } = key;
  removeCopy(database, key);
  transaction(database, () => {
    database.run(
      "DELETE FROM attachments WHERE network = ? AND container_id = ? AND ifname = ? AND plugin = ?",
      network,
      containerId,
      ifname,
      plugin,
    );
    database.run(
      `DELETE FROM notes WHERE network = ?1 AND container_id = ?2 AND ifname = ?3
        AND NOT EXISTS (SELECT 1 FROM attachments WHERE network = ?1 AND container_id = ?2 AND ifname = ?3)`,
      network,
      containerId,
      ifname,
    );
  });
}

/** The rows of a network, or all, the oldest first. */
export function listAttachments(database: Database, network?: string): LedgerRow[] {
  const rows = network === undefined
    ? database.all(`SELECT ${columns} FROM attachments ORDER BY created_ms`)
    : database.all(`SELECT ${columns} FROM attachments WHERE network = ? ORDER BY created_ms`, network);
  return rows.map(toLedgerRow);
}

/** The rows of one attachment, whatever the plugin. */
export function listParts(database: Database, key: Omit<LedgerKey, "plugin">): LedgerRow[] {
  return database.all(
    `SELECT ${columns} FROM attachments WHERE network = ? AND container_id = ? AND ifname = ?`,
    key.network,
    key.containerId,
    key.ifname,
  ).map(toLedgerRow);
}

function toLedgerRow(row: Row): LedgerRow {
  return {
    network: String(row.network),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
    plugin: String(row.plugin),
    netnsPath: String(row.netns_path),
    netnsId: String(row.netns_id),
    bootId: String(row.boot_id),
    config: String(row.config),
    args: String(row.args),
    result: String(row.result),
    changes: String(row.changes),
    createdAt: Number(row.created_ms),
    runtime: String(row.runtime),
    callKey: String(row.call_key),
  };
}
