import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "./open_database.ts";
import { migrations } from "./schema.ts";

Deno.test("the second migration takes the boot of a lease from its attachment, and knows no runtime", () => {
  const dir = Deno.makeTempDirSync({ prefix: "cnidaria-schema-" });
  try {
    Deno.chmodSync(dir, 0o700);
    const first = new DatabaseSync(`${dir}/cnidaria.db`);
    first.exec(migrations[0]!);
    first.exec(`PRAGMA user_version = 1;
      INSERT INTO attachments VALUES ('net', 'a', 'eth0', 'bridge', '', '', 'boot-1', '{}', '', '{}', '[]', 0);
      INSERT INTO leases VALUES ('net', '', '10.1.0.2', 'a', 'eth0', '', '', 1, 0);
      INSERT INTO leases VALUES ('net', '', '10.1.0.3', 'imported', '', '', '', 2, 0)`);
    first.close();
    Deno.chmodSync(`${dir}/cnidaria.db`, 0o600);
    const database = openDatabase(dir);
    assertEquals(
      database.all("SELECT address, boot_id FROM leases ORDER BY 1"),
      [
        { address: "10.1.0.2", boot_id: "boot-1" },
        { address: "10.1.0.3", boot_id: "" },
      ].map((row) => Object.assign(Object.create(null), row)),
    );
    assertEquals(database.get("SELECT runtime FROM attachments")?.runtime, "");
    database.close();
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
