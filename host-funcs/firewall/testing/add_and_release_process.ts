// Adds and releases masquerades and MAC checks N times, and looks after each add. A process of the tests.
// Arguments: state directory, number of the process, N.

import { openDatabase } from "../../state/open_database.ts";
import { fakeContext } from "../../state/testing.ts";
import { createFirewall } from "../mod.ts";

const [stateDir = "", id = "", rounds = "0"] = Deno.args;
const database = openDatabase(stateDir);
for (let round = 0; round < Number(rounds); round++) {
  const firewall = createFirewall(fakeContext(database, { containerId: `p${id}-${round}` }));
  const mac = "02:00:00:00:00:01";
  // Every other round with a list of its own, so that chains come and go beside the shared one.
  firewall.addMasquerade({ source: `10.1.${id}.1`, local: round % 2 === 0 ? ["10.1.0.0/16"] : [`10.1.${id}.0/24`] });
  firewall.addMacCheck(`veth${id}`, mac);
  if (firewall.listMasquerades().length !== 1) throw new Error(`round ${round}: the kernel has no such masquerade`);
  if (!firewall.hasMacCheck(`veth${id}`, mac)) throw new Error(`round ${round}: the kernel has no such MAC check`);
  firewall.release();
}
