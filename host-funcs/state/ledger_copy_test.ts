import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { removeUnfinishedCopy, writeCopy } from "./ledger_copy.ts";
import { withDatabase } from "./testing.ts";

const key = { network: "net", containerId: "c1", ifname: "eth0", plugin: "bridge" };

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

Deno.test("removeUnfinishedCopy() removes what a killed process left beside the copy, and nothing else", () => {
  withDatabase((database, stateDir) => {
    removeUnfinishedCopy(stateDir, "none");
    writeCopy(database, key);
    const [copy = ""] = namesIn(`${stateDir}/ledger`);
    Deno.writeTextFileSync(`${stateDir}/ledger/${copy}.new`, "{");
    removeUnfinishedCopy(stateDir, copy.replace(/\.json$/, ""));
    assertEquals(namesIn(`${stateDir}/ledger`), [copy]);
  });
});

Deno.test("writeCopy() that cannot put the copy into place leaves nothing beside it", () => {
  withDatabase((database, stateDir) => {
    writeCopy(database, key);
    const [copy = ""] = namesIn(`${stateDir}/ledger`);
    Deno.removeSync(`${stateDir}/ledger/${copy}`);
    Deno.mkdirSync(`${stateDir}/ledger/${copy}`);
    assertThrows(() => writeCopy(database, key), HostCallError, "write the ledger's copy");
    assertEquals(namesIn(`${stateDir}/ledger`), [copy]);
  });
});
