// What a lease costs while more and more are held: acquires in a process that is warm, each a transaction of its own.

import { createLeases } from "../../host-funcs/leases/mod.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { fakeContext } from "../../host-funcs/state/testing.ts";
import type { LeaseFigures } from "./figures.ts";
import type { LeaseScenario } from "./scenarios.ts";
import { summaryOf } from "./statistics.ts";

/** Room for 131,000. */
const range = { subnet: "10.64.0.0/15", first: "10.64.0.1", last: "10.65.255.254" };
const pool = { index: 0, ranges: [range], store: "", domain: "cni0", cooldown: 0 };
/** Acquires that are measured with that many held. */
const MEASURED = 500;

export function measureLeases({ held }: LeaseScenario): LeaseFigures[] {
  const directory = Deno.makeTempDirSync({ prefix: "cnidaria-leases-" });
  const database = openDatabase(`${directory}/state`);
  try {
    // What runs for the first time is not compiled yet.
    for (let at = 0; at < MEASURED; at++) acquireAndRelease(database, `warm-${at}`);
    let filled = 0;
    return held.map((count) => {
      database.transaction(() => {
        for (; filled < count; filled++) acquire(database, `held-${filled}`);
      });
      const times = Array.from({ length: MEASURED }, (_, at) => acquireAndRelease(database, `measured-${count}-${at}`));
      return { held: count, times: summaryOf(times) };
    });
  } finally {
    database.close();
    Deno.removeSync(directory, { recursive: true });
  }
}

function acquire(database: Database, containerId: string): void {
  createLeases(fakeContext(database, { containerId })).acquire(pool, undefined);
}

/** @returns milliseconds of the acquire */
function acquireAndRelease(database: Database, containerId: string): number {
  const began = performance.now();
  acquire(database, containerId);
  const ms = performance.now() - began;
  createLeases(fakeContext(database, { containerId })).release("");
  return ms;
}
