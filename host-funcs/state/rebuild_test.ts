// A state database that is damaged, emptied or gone comes back from the ledger's copies and from what can be read of it.

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HostCallError } from "../error.ts";
import { getAttachment, type LedgerRow, listAttachments, putAttachment, removeAttachment } from "./attachments.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./open_database.ts";

const ROWS = 30;
const PAGE = 4096;

function row(number: number): LedgerRow {
  return {
    network: "net",
    containerId: `container-${number}`,
    ifname: "eth0",
    plugin: "bridge",
    netnsPath: `/run/netns/${number}`,
    netnsId: `0:4:${number}`,
    bootId: "boot",
    config: JSON.stringify({ name: "net", type: "bridge", filler: "x".repeat(600) }),
    args: "",
    result: JSON.stringify({ ips: [{ address: addressOf(number) }] }),
    changes: JSON.stringify([{ kind: "lease-acquired", store: "", address: addressOf(number), sequence: number }]),
    createdAt: 1_800_000_000_000 + number,
    runtime: "containerd",
    callKey: "",
  };
}

const addressOf = (number: number) => `10.0.0.${number}`;

function addLease(database: Database, number: number, containerId = `container-${number}`): void {
  database.run(
    `INSERT INTO leases (network, store, address, container_id, ifname, pod_namespace, pod_name, sequence, since_ms)
      VALUES ('net', '', ?, ?, 'eth0', 'default', ?, ?, 1)`,
    addressOf(number),
    containerId,
    `pod-${number}`,
    number,
  );
}

interface Fixture {
  readonly dir: string;
  readonly path: string;
  readonly told: string[];
  open(): Database;
}

/** A state with ROWS attachments that have a lease each, and is closed. */
function withState(body: (fixture: Fixture) => void): void {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-rebuild-" });
  const dir = `${parent}/state`;
  const told: string[] = [];
  const open = () => openDatabase(dir, (message) => told.push(message));
  try {
    const database = open();
    for (let number = 1; number <= ROWS; number++) {
      addLease(database, number);
      putAttachment(database, row(number));
    }
    database.run("UPDATE counters SET value = ? WHERE name = 'lease'", ROWS);
    database.run("INSERT INTO notes VALUES ('net', 'container-1', 'eth0', 'k', 'v')");
    putAttachment(database, row(1));
    database.close();
    body({ dir, path: `${dir}/cnidaria.db`, told, open });
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
}

function assertWhole(database: Database): void {
  assertEquals(listAttachments(database), Array.from({ length: ROWS }, (_, index) => row(index + 1)));
  const leases = database.all("SELECT address, container_id AS owner FROM leases ORDER BY sequence");
  const expected = Array.from({ length: ROWS }, (_, index) => ({
    address: addressOf(index + 1),
    owner: `container-${index + 1}`,
  }));
  assertEquals(leases.map(({ address, owner }) => ({ address, owner })), expected);
  assertEquals(database.get("SELECT value FROM counters WHERE name = 'lease'"), { value: ROWS });
  assertEquals(database.get("SELECT value FROM notes"), { value: "v" });
}

/** Opens, and where a query finds damage, opens again, as the next call does. */
function used(fixture: Fixture, attempts = 3): Database {
  const database = fixture.open();
  try {
    assertEquals(listAttachments(database).length >= 0, true);
    database.all("SELECT * FROM leases ORDER BY address");
    database.all("SELECT * FROM notes");
    database.all("SELECT * FROM counters");
    return database;
  } catch (error) {
    database.close();
    if (!(error instanceof HostCallError) || attempts === 0) throw error;
    assertEquals(error.code, "busy", error.message);
    return used(fixture, attempts - 1);
  }
}

const asideOf = (dir: string) => [...Deno.readDirSync(`${dir}/damaged`)].map(({ name }) => `${dir}/damaged/${name}`);

Deno.test("a file that is no database is set aside, and a new one has everything", () => {
  withState((fixture) => {
    const { dir, open, path, told } = fixture;
    const garbage = "this is no database".repeat(5000);
    Deno.writeTextFileSync(path, garbage);
    const database = open();
    assertWhole(database);
    database.close();
    const [aside] = asideOf(dir);
    assertEquals(Deno.readTextFileSync(`${aside}/cnidaria.db`), garbage);
    assertEquals([told.length, told[0]?.includes(aside!), told[0]?.includes("30 attachments and 30 leases")], [
      1,
      true,
      true,
    ]);
    open().close();
    assertEquals(told.length, 1);
  });
});

for (
  const [what, harm] of [
    ["removed", (path: string) => Deno.removeSync(path)],
    ["emptied", (path: string) => Deno.truncateSync(path)],
  ] as const
) {
  Deno.test(`a database that was ${what} is made again from the copies, and it says so`, () => {
    withState(({ open, path, told }) => {
      harm(path);
      const database = open();
      assertWhole(database);
      database.close();
      assert(told[0]?.includes("was gone: a new one has 30 attachments"), told.join());
    });
  });
}

Deno.test("leases without an attachment, as imported ones are, are saved from what can still be read", () => {
  withState((fixture) => {
    let database = fixture.open();
    addLease(database, 200, "imported");
    const root = Number(database.get("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'attachments'")?.page);
    database.close();
    using file = Deno.openSync(fixture.path, { write: true });
    file.seekSync((root - 1) * PAGE, Deno.SeekMode.Start);
    file.writeSync(crypto.getRandomValues(new Uint8Array(PAGE)));
    database = used(fixture);
    assertEquals(listAttachments(database).length, ROWS);
    assertEquals(database.get("SELECT container_id FROM leases WHERE sequence = 200"), { container_id: "imported" });
    assertEquals(database.get("SELECT value FROM counters WHERE name = 'lease'"), { value: 200 });
    database.close();
    assertEquals(fixture.told.length, 1);
  });
});

Deno.test("whatever page is overwritten, and wherever the file is cut: nothing is lost", () => {
  const harm = fc.record({
    kind: fc.constantFrom("overwritten", "zeroed", "cut"),
    at: fc.nat(1000),
    seed: fc.nat(255),
  });
  fc.assert(
    fc.property(harm, ({ kind, at, seed }) => {
      withState((fixture) => {
        const pages = Deno.statSync(fixture.path).size / PAGE;
        using file = Deno.openSync(fixture.path, { write: true });
        const position = at % pages * PAGE;
        if (kind === "cut") file.truncateSync(position + seed);
        else {
          file.seekSync(position, Deno.SeekMode.Start);
          file.writeSync(Uint8Array.from({ length: PAGE }, (_, i) => kind === "zeroed" ? 0 : (i * 31 + seed) % 256));
        }
        const database = used(fixture);
        assertWhole(database);
        database.close();
      });
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

Deno.test("a file whose last page is cut short is found out, whatever that page had", () => {
  withState((fixture) => {
    Deno.truncateSync(fixture.path, Deno.statSync(fixture.path).size - PAGE + 7);
    const database = used(fixture);
    assertWhole(database);
    database.close();
    assertEquals(fixture.told.length, 1);
  });
});

Deno.test("a process that holds the damaged file learns that it is not the current one", () => {
  withState(({ open, path }) => {
    const first = open();
    assertEquals(first.isCurrent(), true);
    Deno.writeTextFileSync(path, "x".repeat(10_000));
    const second = open();
    assertEquals([first.isCurrent(), second.isCurrent()], [false, true]);
    first.close();
    second.close();
  });
});

Deno.test("several processes at once rebuild it once", async () => {
  const parent = await Deno.makeTempDir({ prefix: "cnidaria-rebuild-" });
  const dir = `${parent}/state`;
  try {
    const database = openDatabase(dir);
    for (let number = 1; number <= 3; number++) putAttachment(database, row(number));
    database.close();
    await Deno.writeTextFile(`${dir}/cnidaria.db`, "x".repeat(10_000));
    const script = `import { openDatabase } from "${new URL("./open_database.ts", import.meta.url)}";
      import { listAttachments } from "${new URL("./attachments.ts", import.meta.url)}";
      const database = openDatabase(${JSON.stringify(dir)});
      Deno.stdout.writeSync(new TextEncoder().encode(String(listAttachments(database).length)));
      database.close();`;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", "--config", config, `data:text/typescript,${encodeURIComponent(script)}`];
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => new Deno.Command(Deno.execPath(), { args }).output()),
    );
    const said = outputs.map(({ stdout, stderr }) =>
      new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr)
    );
    assertEquals(said, ["3", "3", "3", "3"]);
    assertEquals(asideOf(dir).length, 1);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("several processes at once make databases, open and close them", async () => {
  const parent = await Deno.makeTempDir({ prefix: "cnidaria-rebuild-" });
  const script = `import { openDatabase } from "${new URL("./open_database.ts", import.meta.url)}";
    const [dir, start] = Deno.args;
    while (Date.now() < Number(start)); 
    for (let i = 0; i < 200; i++) openDatabase(dir + "/" + (i >> 3)).close();`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const program = `data:text/typescript,${encodeURIComponent(script)}`;
  try {
    const start = String(Date.now() + 1000);
    const args = ["run", "--quiet", "-A", "--no-check", "--config", config, program, parent, start];
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => new Deno.Command(Deno.execPath(), { args }).output()),
    );
    assertEquals(outputs.map(({ stderr }) => new TextDecoder().decode(stderr)), ["", "", "", ""]);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("removeAttachment() removes the copy, and putAttachment() replaces it", () => {
  withState(({ dir, open }) => {
    const copies = () => [...Deno.readDirSync(`${dir}/ledger`)].length;
    const database = open();
    assertEquals(copies(), ROWS);
    putAttachment(database, { ...row(2), args: "A=b" });
    removeAttachment(database, row(1));
    assertEquals([copies(), getAttachment(database, row(1)), getAttachment(database, row(2))?.args], [
      ROWS - 1,
      undefined,
      "A=b",
    ]);
    database.close();
  });
});

Deno.test("a copy that cannot be read is named, and the others serve", () => {
  withState(({ dir, open, path, told }) => {
    const [{ name }] = [...Deno.readDirSync(`${dir}/ledger`)] as [Deno.DirEntry];
    Deno.writeTextFileSync(`${dir}/ledger/${name}`, "{");
    Deno.removeSync(path);
    const database = open();
    assertEquals(listAttachments(database).length, ROWS - 1);
    database.close();
    assert(told[0]?.includes(`could not be read: ${dir}/ledger/${name}`), told.join());
  });
});
