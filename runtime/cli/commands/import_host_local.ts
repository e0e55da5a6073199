// `cnidaria import host-local DIR`: the leases of a node that upstream's host-local served so far.

import { importHostLocal as takeOver } from "../../../host-funcs/leases/import_host_local.ts";
import { openDatabase } from "../../../host-funcs/state/open_database.ts";
import { stateDir } from "../../paths.ts";
import type { Output } from "../output.ts";

/** @param dir host-local's dataDir, or one network's folder in it */
export function importHostLocal(dir: string, options: { json?: boolean }, output: Output): void {
  const database = openDatabase(stateDir());
  try {
    const report = takeOver(database, dir);
    if (options.json === true) return output.json(report);
    const { imported, present, skipped } = report;
    for (const [network, leases] of Map.groupBy(imported, (lease) => lease.network)) {
      output.line(`network ${network}: ${leases.length} leases taken over`);
    }
    if (present > 0) output.line(`${present} leases were there already`);
    if (imported.length + present === 0) output.line(`no leases in ${dir}`);
    for (const { path, reason } of skipped) output.complain(`left out: ${path}: ${reason}`);
  } finally {
    database.close();
  }
}
