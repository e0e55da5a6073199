// A copy of what the database has of each attachment: a file for each row of the ledger. From these a database that was
// lost or damaged is made again.
//
// The copy is there before the row, and goes before the row goes: a copy without a row is one that the database has
// lost, or that of an ADD which died, and whose journal tells.

import type { Database, Row } from "./database.ts";
import { fileNameOf } from "./file_name.ts";
import { fileRefusal } from "./file_refusal.ts";
import type { LedgerKey } from "./attachments.ts";
import { whyUntrusted } from "../sys/trust.ts";

/** Tables that have rows of one attachment, with the same columns for its name. */
export const COPIED_TABLES = ["attachments", "leases", "notes", "firewall_elements"] as const;
export type CopiedTable = typeof COPIED_TABLES[number];

/** Rows by table. */
export type LedgerCopy = Partial<Record<CopiedTable, Row[]>>;

/**
 * Writes the copy of a row that is in the database, with the leases, notes and elements of its attachment. Whole or not
 * at all.
 *
 * @throws {HostCallError} `exhausted` or `io`
 */
export function writeCopy(database: Database, key: LedgerKey): void {
  const copy: LedgerCopy = {};
  for (const table of COPIED_TABLES) {
    const plugin = table === "attachments" ? [key.plugin] : [];
    copy[table] = database.all(
      `SELECT * FROM ${table} WHERE container_id = ? AND ifname = ? AND network = ?${
        plugin.length > 0 ? " AND plugin = ?" : ""
      }`,
      key.containerId,
      key.ifname,
      key.network,
      ...plugin,
    );
  }
  const path = pathOf(database, key);
  const bytes = new TextEncoder().encode(JSON.stringify(copy));
  try {
    replaceFile(path, bytes);
  } catch (error) {
    throw fileRefusal("write the ledger's copy", path, error);
  }
}

/** Removes the copy of a row. */
export function removeCopy(database: Database, key: LedgerKey): void {
  const path = pathOf(database, key);
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileRefusal("remove the ledger's copy", path, error);
  }
}

/**
 * Removes what a process left that died while it wrote a copy. Under the lock of its attachment.
 *
 * @param name of the copy's file, without ending: the attachment's journal has the same
 */
export function removeUnfinishedCopy(stateDir: string, name: string): void {
  const path = `${directoryOf(stateDir)}/${name}.json.new`;
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileRefusal("remove the unfinished copy", path, error);
  }
}

/**
 * All copies in a state directory. What cannot be read is named in `damaged`.
 *
 * @throws {HostCallError} `io` if the folder cannot be read or trusted
 */
export function readCopies(stateDir: string): { copies: LedgerCopy[]; damaged: string[] } {
  const directory = directoryOf(stateDir);
  const [copies, damaged]: [LedgerCopy[], string[]] = [[], []];
  let names: string[];
  try {
    const why = whyUntrusted(Deno.statSync(directory));
    if (why !== undefined) return { copies, damaged: [`${directory}: ${why}`] };
    names = [...Deno.readDirSync(directory)].map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { copies, damaged };
    throw fileRefusal("read the ledger's copies in", directory, error);
  }
  for (const name of names.filter((it) => it.endsWith(".json")).sort()) {
    try {
      copies.push(JSON.parse(Deno.readTextFileSync(`${directory}/${name}`)));
    } catch {
      damaged.push(`${directory}/${name}`);
    }
  }
  return { copies, damaged };
}

function directoryOf(stateDir: string): string {
  return `${stateDir}/ledger`;
}

function pathOf(database: Database, { network, containerId, ifname, plugin }: LedgerKey): string {
  return `${directoryOf(database.directory)}/${fileNameOf([network, containerId, ifname, plugin])}.json`;
}

/** Writes beside, and renames: nobody ever reads half a file. The attachment's lock keeps two writers apart. */
function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.new`;
  const write = () => Deno.writeFileSync(temporary, bytes, { mode: 0o600 });
  try {
    write();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    write();
  }
  try {
    Deno.renameSync(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}
