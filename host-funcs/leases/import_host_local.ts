// Takes over the leases of upstream's host-local plugin: a folder for each network, in it a file for each address with
// the container's id and the interface's name, and `last_reserved_ip.N` for where the round robin of range set N stands
// (containernetworking/plugins, plugins/ipam/host-local/backend/disk/backend.go).

import { HostCallError } from "../error.ts";
import { formatAddress, parseAddress } from "../ip_number.ts";
import { type Database, transaction } from "../state/database.ts";
import { bootId } from "../sys/identity.ts";
import { take } from "./free_space.ts";
import { ownerOf } from "./owner.ts";
import { poolsWith } from "./pool_record.ts";
import { nextSequence } from "./sequence.ts";

/** `dataDir` of host-local where the configuration names none. */
const defaultDir = "/var/lib/cni/networks";
/** Bytes; a container id is 64 characters. */
const largestFile = 4096;
const cursorFile = /^last_reserved_ip\.(\d+)$/;

export interface ImportReport {
  readonly imported: readonly { network: string; address: string; containerId: string; ifname: string }[];
  /** Leases that the state had already, from an earlier import. */
  readonly present: number;
  /** Where the round robin of a range set goes on. */
  readonly cursors: readonly { network: string; rangeSet: number; address: string }[];
  /** What was left out, by path, with the reason. */
  readonly skipped: readonly { path: string; reason: string }[];
}

type Report = { -readonly [Key in keyof ImportReport]: ImportReport[Key] extends readonly (infer T)[] ? T[] : number };

/**
 * Takes over every network in `dir`, or the one network whose folder `dir` is. The files stay as they are, and a
 * second run changes nothing. A network's leases are all taken over, or, on an error, none.
 *
 * @param dir host-local's dataDir; leases of another than the default one get it as their store
 * @throws {HostCallError} `not-found`, if there is no such folder; `io`, if it cannot be read
 */
export function importHostLocal(database: Database, dir: string): ImportReport {
  const report: Report = { imported: [], present: 0, cursors: [], skipped: [] };
  const path = dir.replace(/\/+$/, "") || "/";
  const entries = readDir(path);
  if (entries.some((entry) => entry.isFile && parseAddress(entry.name) !== undefined)) {
    const slash = path.lastIndexOf("/");
    importNetwork(database, path.slice(0, slash), path.slice(slash + 1), report);
    return report;
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) importNetwork(database, path, name, report);
    else report.skipped.push({ path: `${path}/${name}`, reason: "it is no folder of a network" });
  }
  return report;
}

function importNetwork(database: Database, dir: string, network: string, report: Report): void {
  const store = dir === defaultDir ? "" : dir;
  const found: Report = { imported: [], present: 0, cursors: [], skipped: [] };
  transaction(database, () => {
    for (const entry of readDir(`${dir}/${network}`)) {
      const path = `${dir}/${network}/${entry.name}`;
      if (entry.name === "lock") continue;
      const reason = importFile(database, network, store, path, entry, found);
      if (reason !== undefined) found.skipped.push({ path, reason });
    }
  });
  report.imported.push(...found.imported);
  report.cursors.push(...found.cursors);
  report.skipped.push(...found.skipped);
  report.present += found.present;
}

/** Answers why the file was skipped, if it was. */
function importFile(
  database: Database,
  network: string,
  store: string,
  path: string,
  entry: Deno.DirEntry,
  report: Report,
): string | undefined {
  if (!entry.isFile) return "it is no regular file";
  const rangeSet = cursorFile.exec(entry.name)?.[1];
  const address = canonical(entry.name);
  if (rangeSet === undefined && address === undefined) return "its name is no IP address";
  if (Deno.statSync(path).size > largestFile) return `it is larger than ${largestFile} bytes`;
  const text = Deno.readTextFileSync(path).trim();
  if (rangeSet !== undefined) {
    const cursor = canonical(text);
    if (cursor === undefined) return `it holds no IP address: ${JSON.stringify(text.slice(0, 40))}`;
    putCursor(database, network, store, Number(rangeSet), cursor);
    report.cursors.push({ network, rangeSet: Number(rangeSet), address: cursor });
    return undefined;
  }
  const [containerId = "", ifname = ""] = text.split(/\r?\n/).map((line) => line.trim());
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(containerId)) {
    return `it holds no container id: ${JSON.stringify(containerId.slice(0, 40))}`;
  }
  const owner = ownerOf(database, network, store, address!);
  if (owner !== undefined) {
    if (owner.containerId !== containerId) return `container ${owner.containerId} holds the address already`;
    report.present++;
    return undefined;
  }
  putLease(database, network, store, address!, containerId, ifname, sinceOf(path));
  report.imported.push({ network, address: address!, containerId, ifname });
  return undefined;
}

function putLease(
  database: Database,
  network: string,
  store: string,
  address: string,
  containerId: string,
  ifname: string,
  sinceMs: number,
): void {
  database.run(
    `INSERT INTO leases (network, store, address, container_id, ifname, pod_namespace, pod_name, sequence, since_ms,
      boot_id) VALUES (?, ?, ?, ?, ?, '', '', ?, ?, ?)`,
    network,
    store,
    address,
    containerId,
    ifname,
    nextSequence(database),
    sinceMs,
    bootId(),
  );
  for (const { id, layout, range, number } of poolsWith(database, network, store, address)) {
    take(database, id, layout, range, number);
    database.run("UPDATE pools SET held = held + 1 WHERE id = ?", id);
  }
}

/** For the pool when it is made; one that is in use goes on from where it stands. */
function putCursor(database: Database, network: string, store: string, rangeSet: number, address: string): void {
  database.run(
    "INSERT OR REPLACE INTO imported_cursors (network, store, pool_index, address) VALUES (?, ?, ?, ?)",
    network,
    store,
    rangeSet,
    address,
  );
}

function canonical(text: string): string | undefined {
  const address = parseAddress(text);
  return address && formatAddress(address.family, address.number);
}

function sinceOf(path: string): number {
  return Deno.statSync(path).mtime?.getTime() ?? Date.now();
}

function readDir(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    throw new HostCallError(
      missing ? "not-found" : "io",
      `Cannot import host-local's leases as the folder ${missing ? "does not exist" : "cannot be read"}: ${path}` +
        (missing ? `. Give its dataDir, usually ${defaultDir}` : `: ${(cause as Error).message}`),
    );
  }
}
