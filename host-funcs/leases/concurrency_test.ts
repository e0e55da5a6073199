// Processes of the host share nothing but the file: several of them acquire and release at the same time.

import { assertEquals } from "@std/assert";
import { openDatabase } from "../state/open_database.ts";
import { listLeases } from "./list.ts";

const processes = 8;
const acquiresEach = 50;
const acquirer = new URL("./testing/acquire_process.ts", import.meta.url).pathname;
const configFile = new URL("../../deno.json", import.meta.url).pathname;

async function acquireInProcess(stateDir: string, id: number): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", configFile, acquirer, stateDir, `p${id}`, String(acquiresEach)],
  }).output();
  const decoder = new TextDecoder();
  assertEquals(success, true, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

Deno.test("8 processes that acquire at once, from a state that none has made yet, never get the same address", async () => {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-leases-" });
  try {
    const stateDir = `${parent}/state`;
    const ids = Array.from({ length: processes }, (_, id) => id);
    const given = (await Promise.all(ids.map((id) => acquireInProcess(stateDir, id)))).flat();
    assertEquals(given.length, processes * acquiresEach);
    assertEquals(new Set(given).size, given.length);
    const database = openDatabase(stateDir);
    assertEquals(listLeases(database).map(({ address }) => address).sort(), given.sort());
    assertEquals(database.get("SELECT held FROM pools")?.held, given.length);
    database.close();
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});
