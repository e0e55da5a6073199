// The ledger: what each attachment owns, kept from ADD to DEL in the node's database.

import type { CniResult } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import {
  getAttachment,
  type LedgerRow,
  listAttachments,
  putAttachment,
  removeAttachment,
} from "../../host-funcs/state/attachments.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { resultFromJson } from "../cni/result.ts";

/** A row of the ledger. */
export interface LedgerEntry {
  readonly attachment: AttachmentKey;
  readonly plugin: string;
  readonly netns: string;
  readonly netnsId: string;
  readonly bootId: string;
  /** The network configuration of the ADD. */
  readonly config: Readonly<Record<string, unknown>>;
  /** CNI_ARGS of the ADD. */
  readonly rawArgs: string;
  /** The result in version 1.1.0, as JSON. */
  readonly result: unknown;
  readonly changes: readonly Change[];
  /** Name of the container runtime that asked for it; empty where that is not known. */
  readonly runtime: string;
  /** Names the ADD while its caller may ask for the same one again; else empty. */
  readonly callKey: string;
}

/** A row as it was read. */
export interface StoredEntry extends LedgerEntry {
  /** When it was last written, milliseconds since 1970. */
  readonly createdAt: number;
}

/** @returns the entry of an attachment and plugin, if there is one */
export function readEntry(database: Database, key: AttachmentKey, plugin: string): StoredEntry | undefined {
  const row = getAttachment(database, { ...key, plugin });
  return row === undefined ? undefined : fromRow(row);
}

/** The entries of a network, or all. */
export function entriesOf(database: Database, network?: string): StoredEntry[] {
  return listAttachments(database, network).map(fromRow);
}

/** Adds or replaces. */
export function writeEntry(database: Database, entry: LedgerEntry): void {
  putAttachment(database, {
    ...entry.attachment,
    plugin: entry.plugin,
    netnsPath: entry.netns,
    netnsId: entry.netnsId,
    bootId: entry.bootId,
    config: JSON.stringify(entry.config),
    args: entry.rawArgs,
    result: JSON.stringify(entry.result),
    changes: JSON.stringify(entry.changes),
    createdAt: Date.now(),
    runtime: entry.runtime,
    callKey: entry.callKey,
  });
}

/** Removes an entry; the attachment's notes go with its last one. */
export function removeEntry(database: Database, key: AttachmentKey, plugin: string): void {
  removeAttachment(database, { ...key, plugin });
}

/** The result of the ADD. */
export function resultOf(entry: LedgerEntry): CniResult {
  return resultFromJson(entry.result, entry.netns);
}

function fromRow(row: LedgerRow): StoredEntry {
  const { network, containerId, ifname } = row;
  return {
    attachment: { network, containerId, ifname },
    plugin: row.plugin,
    netns: row.netnsPath,
    netnsId: row.netnsId,
    bootId: row.bootId,
    config: JSON.parse(row.config),
    rawArgs: row.args,
    result: JSON.parse(row.result),
    changes: JSON.parse(row.changes),
    runtime: row.runtime,
    callKey: row.callKey,
    createdAt: row.createdAt,
  };
}
