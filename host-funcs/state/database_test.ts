import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { transaction } from "./database.ts";
import { openDatabase } from "./open_database.ts";
import { databaseError } from "./database_error.ts";
import { migrations } from "./schema.ts";
import { withDatabase } from "./testing.ts";

const isRoot = Deno.uid() === 0;

function withDir(body: (dir: string) => void): void {
  const dir = Deno.makeTempDirSync({ prefix: "cnidaria-db-" });
  try {
    body(dir);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

function refusal(body: () => unknown): HostCallError {
  return assertThrows(body, HostCallError) as HostCallError;
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("openDatabase() makes a private directory and file, in WAL mode, once", () =>
  withDatabase((database, stateDir) => {
    assertEquals([modeOf(stateDir), modeOf(database.path)], [0o700, 0o600]);
    assertEquals(database.get("PRAGMA journal_mode"), { journal_mode: "wal" });
    assertEquals(database.get("PRAGMA synchronous"), { synchronous: 1 });
    assertEquals(database.get("PRAGMA user_version"), { user_version: migrations.length });
    database.run("INSERT INTO counters VALUES ('test', 7)");
    const second = openDatabase(stateDir);
    assertEquals(second.get("SELECT value FROM counters WHERE name = 'test'"), { value: 7 });
    second.close();
  }));

for (const [what, mode, path] of [["directory", 0o770, ""], ["file", 0o602, "/cnidaria.db"]] as const) {
  Deno.test(`openDatabase() refuses a ${what} that others can write to`, () =>
    withDir((dir) => {
      openDatabase(dir).close();
      Deno.chmodSync(dir + path, mode);
      const error = refusal(() => openDatabase(dir));
      assertEquals(error.code, "denied");
      assertStringIncludes(error.message, `its mode is ${mode.toString(8)}`);
    }));
}

Deno.test({
  name: "openDatabase() refuses a file of another user (needs root)",
  ignore: !isRoot,
  fn: () =>
    withDir((dir) => {
      openDatabase(dir).close();
      Deno.chownSync(`${dir}/cnidaria.db`, 65534, 65534);
      assertStringIncludes(refusal(() => openDatabase(dir)).message, "belongs to user 65534");
    }),
});

Deno.test("openDatabase() refuses a file of a newer version", () =>
  withDir((dir) => {
    const database = openDatabase(dir);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const error = refusal(() => openDatabase(dir));
    assertEquals(error.code, "unsupported");
    assertStringIncludes(error.message, "has version 99");
  }));

Deno.test("openDatabase() names a state directory that cannot be made", () =>
  withDir((dir) => {
    Deno.writeTextFileSync(`${dir}/file`, "");
    assertStringIncludes(refusal(() => openDatabase(`${dir}/file/state`)).message, `${dir}/file/state`);
    assertStringIncludes(refusal(() => openDatabase(`${dir}/file`)).message, "no directory");
  }));

Deno.test("a transaction that throws changes nothing, and the next one works", () =>
  withDatabase((database) => {
    assertThrows(
      () =>
        transaction(database, () => {
          database.run("INSERT INTO counters VALUES ('a', 1)");
          throw new Error("on purpose");
        }),
      Error,
      "on purpose",
    );
    transaction(database, () => database.run("INSERT INTO counters VALUES ('b', 2)"));
    assertEquals(database.all("SELECT name FROM counters ORDER BY name").map((row) => row.name), ["b", "lease"]);
  }));

Deno.test("a transaction inside another is a part of it", () =>
  withDatabase((database) => {
    assertThrows(
      () =>
        transaction(database, () => {
          transaction(database, () => database.run("INSERT INTO counters VALUES ('a', 1)"));
          throw new Error("on purpose");
        }),
      Error,
      "on purpose",
    );
    assertEquals(database.get("SELECT 1 FROM counters WHERE name = 'a'"), undefined);
  }));

Deno.test("a full disk is an `exhausted`, and leaves what was there", () =>
  withDatabase((database) => {
    const pages = Number(database.get("PRAGMA page_count")?.page_count);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const error = refusal(() =>
      transaction(database, () => {
        for (let at = 0; at < 100; at++) {
          database.run("INSERT INTO notes VALUES ('n', 'c', 'i', ?, ?)", `k${at}`, "x".repeat(4000));
        }
      })
    );
    assertEquals(error.code, "exhausted");
    assertStringIncludes(error.message, "disk is full. Nothing was changed");
    assertEquals(database.all("SELECT key FROM notes"), []);
    database.run("INSERT INTO notes VALUES ('n', 'c', 'i', 'k', 'v')");
  }));

Deno.test("a file that cannot be written to, and a writer that does not end, are told apart", () => {
  const codes = ["attempt to write a readonly database", "database is locked"].map((message) => {
    const error = databaseError("/p", Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR" }));
    return (error as HostCallError).code;
  });
  assertEquals(codes, ["io", "busy"]);
});

Deno.test("databaseError() hands back what is no error of SQLite's", () => {
  const error = new TypeError("x");
  assertEquals(databaseError("/p", error), error);
});
