// Acquires N leases, gives back every other one half way, and prints those it holds as JSON. A process of the tests.
// Arguments: state directory, prefix of the container ids, N.

import { openDatabase } from "../../state/open_database.ts";
import { fakeContext } from "../../state/testing.ts";
import { createLeases } from "../mod.ts";

const [stateDir = "", prefix = "", count = "0"] = Deno.args;
const range = { subnet: "10.1.0.0/16", first: "10.1.0.1", last: "10.1.255.254" };
const pool = { index: 0, ranges: [range], store: "", domain: "cni0", cooldown: 0 };
const database = openDatabase(stateDir);
const held: string[] = [];
for (let at = 0; at < Number(count); at++) {
  const leases = createLeases(fakeContext(database, { containerId: `${prefix}-${at}` }));
  leases.acquire(pool, undefined);
  if (at % 2 === 1) {
    leases.release("");
    leases.acquire(pool, undefined);
  }
  held.push(...leases.held(""));
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(held)));
