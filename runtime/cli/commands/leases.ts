// `cnidaria leases`: who has which address.

import { type ListedLease, listLeases } from "../../../host-funcs/leases/list.ts";
import { openDatabase } from "../../../host-funcs/state/open_database.ts";
import { stateDir } from "../../paths.ts";
import { type Output, table } from "../output.ts";

export async function leases(options: { network?: string; json?: boolean }, output: Output): Promise<void> {
  const found = (await allLeases(stateDir()))
    .filter((lease) => options.network === undefined || lease.network === options.network);
  if (options.json === true) return output.json(found);
  const rows = found.map((lease) => [
    lease.network,
    lease.address,
    lease.podName === "" ? "-" : `${lease.podNamespace}/${lease.podName}`,
    `${lease.containerId.slice(0, 12)}/${lease.ifname}`,
    ageOf(lease.sinceMs, Date.now()),
  ]);
  for (const line of table(["NETWORK", "ADDRESS", "POD", "CONTAINER", "AGE"], rows)) output.line(line);
}

/** A node without state has no leases: looking must not make any. */
async function allLeases(dir: string): Promise<ListedLease[]> {
  if (await Deno.stat(dir).then(() => false, () => true)) return [];
  const database = openDatabase(dir);
  try {
    return listLeases(database);
  } finally {
    database.close();
  }
}

/** `3d4h`, `2h5m`, `9m`, `12s`. */
export function ageOf(sinceMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86400)];
  if (days > 0) return `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}
