// Takes isolated addresses over, as an agent does that has put a pod's policies in force: until it is ended, or once.
//
//   deno run -A take_over.ts STATE_DIRECTORY once|on

import { takeOver, untaken } from "../../host-funcs/firewall/isolation_take_over.ts";
import { packetFilter } from "../../host-funcs/firewall/packet_filter.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";

const [stateDirectory = "", how] = Deno.args;
const database = openDatabase(stateDirectory);
const filter = packetFilter();
do {
  for (const { address, owner } of untaken(database)) takeOver(database, filter, address, owner);
  if (how === "on") await new Promise((resolve) => setTimeout(resolve, 20));
} while (how === "on");
database.close();
