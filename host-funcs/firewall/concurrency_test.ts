// Adds in some processes meet the removal of the last element, of a chain and of the table in others.

import { assertEquals } from "@std/assert";
import { openDatabase } from "../state/open_database.ts";
import { Nft } from "../sys/libnftables.ts";
import { networkTest } from "../test_context.ts";

const program = new URL("./testing/add_and_release_process.ts", import.meta.url).pathname;
const configFile = new URL("../../deno.json", import.meta.url).pathname;
const processes = 4;
const rounds = 15;

async function run(stateDir: string, id: number): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", configFile, program, stateDir, String(id), String(rounds)],
  }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
}

networkTest("4 processes that add and release at once never lose an element, and leave nothing", async () => {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-firewall-" });
  const nft = Nft.open();
  try {
    const stateDir = `${parent}/state`;
    await Promise.all(Array.from({ length: processes }, (_, id) => run(stateDir, id)));
    for (const table of ["inet cnidaria", "bridge cnidaria"]) assertEquals(nft.run(`list table ${table}`).ok, false);
    const database = openDatabase(stateDir);
    assertEquals(database.all("SELECT * FROM firewall_elements"), []);
    database.close();
  } finally {
    nft.close();
    Deno.removeSync(parent, { recursive: true });
  }
});
