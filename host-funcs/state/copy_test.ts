import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { copyDatabase } from "./copy.ts";
import { damageMark } from "./database.ts";
import { openDatabase } from "./open_database.ts";
import { withDatabase } from "./testing.ts";

const INSERT = "INSERT INTO notes (network, container_id, ifname, key, value) VALUES ('n', 'c', 'eth0', 'k', ?)";

/** A state directory whose database nobody has open. */
function withClosed(body: (stateDir: string) => void): void {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-state-" });
  try {
    const database = openDatabase(`${parent}/state`);
    database.run(INSERT, "first");
    database.close();
    body(`${parent}/state`);
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
}

/** Every file below a directory with its content and time of change. */
function filesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => {
    const { mtime, mode } = Deno.statSync(`${directory}/${name}`);
    return `${name} ${mode} ${mtime?.getTime()} ${Deno.readFileSync(`${directory}/${name}`).length}`;
  }).sort();
}

function copied(stateDir: string, body: (values: unknown[]) => void = () => {}): boolean {
  const directory = Deno.makeTempDirSync({ prefix: "cnidaria-copy-" });
  try {
    if (!copyDatabase(stateDir, directory)) return false;
    const copy = openDatabase(directory);
    body(copy.all("SELECT value FROM notes").map((row) => row.value));
    copy.close();
    return true;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("copyDatabase() takes what is committed while others have the file open, and leaves all as it was", () => {
  withDatabase((database, stateDir) => {
    database.run(INSERT, "first");
    const before = filesIn(stateDir);
    copied(stateDir, (values) => assertEquals(values, ["first"]));
    assertEquals(filesIn(stateDir), before);
  });
});

Deno.test("copyDatabase() makes no file beside a database that nobody has open", () => {
  withClosed((stateDir) => {
    const before = filesIn(stateDir);
    assertEquals(before.map((file) => file.split(" ")[0]), ["cnidaria.db"]);
    copied(stateDir, (values) => assertEquals(values, ["first"]));
    assertEquals(filesIn(stateDir), before);
    openDatabase(stateDir).close();
  });
});

Deno.test("copyDatabase() does not see what a transaction has not committed", () => {
  withDatabase((database, stateDir) => {
    database.run(INSERT, "first");
    database.transaction(() => {
      database.run("UPDATE notes SET value = 'second'");
      copied(stateDir, (values) => assertEquals(values, ["first"]));
    });
  });
});

Deno.test("copyDatabase() of a directory without state copies nothing, and makes nothing", () => {
  const parent = Deno.makeTempDirSync();
  assertEquals(copied(`${parent}/state`), false);
  assertEquals([...Deno.readDirSync(parent)], []);
  Deno.removeSync(parent);
});

Deno.test("copyDatabase() refuses a file that others can write to, and one that is to be rebuilt", () => {
  withClosed((stateDir) => {
    const code = (words: string) => assertThrows(() => copied(stateDir), HostCallError, words).code;
    Deno.chmodSync(`${stateDir}/cnidaria.db`, 0o666);
    assertEquals(code("its mode is 666"), "denied");
    Deno.chmodSync(`${stateDir}/cnidaria.db`, 0o600);
    Deno.writeTextFileSync(damageMark(stateDir), "");
    assertEquals(code("damaged or gone"), "io");
    Deno.removeSync(damageMark(stateDir));
    Deno.writeTextFileSync(`${stateDir}/cnidaria.db`, "no database at all, but long enough to look at".repeat(99));
    assertEquals(code("damaged or gone"), "io");
    Deno.removeSync(`${stateDir}/cnidaria.db`);
    Deno.mkdirSync(`${stateDir}/ledger`, { mode: 0o700 });
    Deno.writeTextFileSync(`${stateDir}/ledger/a.json`, "{}");
    assertEquals(code("damaged or gone"), "io");
  });
});
