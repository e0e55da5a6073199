import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { bootId } from "../sys/identity.ts";
import { deadLeases } from "./dead.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { importHostLocal } from "./import_host_local.ts";
import { listLeases } from "./list.ts";
import { createLeases } from "./mod.ts";

/** Writes files below a folder of its own: by path, content. */
function withFiles(files: Record<string, string>, body: (dir: string) => void): void {
  const dir = Deno.makeTempDirSync({ prefix: "cnidaria-networks-" });
  try {
    for (const [path, content] of Object.entries(files)) {
      Deno.mkdirSync(`${dir}/${path}/..`.replace(/\/[^/]+\/\.\.$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${dir}/${path}`, content);
    }
    body(dir);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

const node = {
  "cbr0/10.244.1.2": "aaa\r\neth0",
  "cbr0/10.244.1.3": "bbb\r\neth0",
  "cbr0/10.244.1.9": "old",
  "cbr0/fd00::3": "bbb\r\neth0",
  "cbr0/last_reserved_ip.0": "10.244.1.9",
  "cbr0/lock": "",
  "cbr0/10.244.1.4": "",
  "cbr0/10.244.1.5": "../../etc\r\neth0",
  "cbr0/notes.txt": "x",
  "cbr0/last_reserved_ip.1": "junk",
  "readme": "x",
};

Deno.test("importHostLocal() takes over leases and cursors, reports the rest, and changes no file", () =>
  withFiles(node, (dir) =>
    withDatabase((database) => {
      const report = importHostLocal(database, `${dir}/`);
      assertEquals(report.imported, [
        { network: "cbr0", address: "10.244.1.2", containerId: "aaa", ifname: "eth0" },
        { network: "cbr0", address: "10.244.1.3", containerId: "bbb", ifname: "eth0" },
        { network: "cbr0", address: "10.244.1.9", containerId: "old", ifname: "" },
        { network: "cbr0", address: "fd00::3", containerId: "bbb", ifname: "eth0" },
      ]);
      assertEquals(deadLeases(database, bootId()), [], "they are of the boot of the import");
      assertEquals(deadLeases(database, "a later boot").length, 4);
      assertEquals(report.cursors, [{ network: "cbr0", rangeSet: 0, address: "10.244.1.9" }]);
      assertEquals(report.skipped.map(({ path }) => path.slice(dir.length + 1)), [
        "cbr0/10.244.1.4",
        "cbr0/10.244.1.5",
        "cbr0/last_reserved_ip.1",
        "cbr0/notes.txt",
        "readme",
      ]);
      assertStringIncludes(report.skipped[1]!.reason, "holds no container id");
      for (const [path, content] of Object.entries(node)) {
        assertEquals(Deno.readTextFileSync(`${dir}/${path}`), content);
      }
    })));

Deno.test("importHostLocal() does nothing the second time", () =>
  withFiles(node, (dir) =>
    withDatabase((database) => {
      importHostLocal(database, dir);
      const before = listLeases(database);
      const report = importHostLocal(database, dir);
      assertEquals([report.imported.length, report.present], [0, 4]);
      assertEquals(listLeases(database), before);
    })));

Deno.test("leases go on where host-local stopped", () =>
  withFiles(node, (dir) =>
    withDatabase((database) => {
      importHostLocal(database, dir);
      const range = { subnet: "10.244.1.0/24", first: "10.244.1.1", last: "10.244.1.254", gateway: "10.244.1.1" };
      const pool = { index: 0, ranges: [range], store: dir, domain: "", cooldown: 0 };
      const of = (containerId: string) => createLeases(fakeContext(database, { network: "cbr0", containerId }));
      assertEquals(of("new").acquire(pool, undefined).address, "10.244.1.10");
      assertEquals(of("bbb").held(dir), ["10.244.1.3", "fd00::3"]);
      assertEquals(of("bbb").release(dir), 2);
      assertEquals(of("old").release(dir), 1, "a file without an interface name counts for any interface");
      assertEquals(of("x").retain(dir, [{ containerId: "aaa", ifname: "eth0" }]), 1);
      assertEquals(listLeases(database).map(({ address }) => address), ["10.244.1.2"]);
    })));

Deno.test("importHostLocal() takes addresses out of a pool that is in use, and does not take one away", () =>
  withFiles({ "net/10.1.0.2": "theirs\r\neth0", "net/10.1.0.3": "other\r\neth0" }, (dir) =>
    withDatabase((database) => {
      const range = { subnet: "10.1.0.0/24", first: "10.1.0.2", last: "10.1.0.9" };
      const pool = { index: 0, ranges: [range], store: dir, domain: "", cooldown: 0 };
      const of = (containerId: string) => createLeases(fakeContext(database, { containerId }));
      of("ours").acquire(pool, undefined);
      const report = importHostLocal(database, dir);
      assertEquals(report.imported.map(({ address }) => address), ["10.1.0.3"]);
      assertEquals(report.skipped[0]?.reason, "container ours holds the address already");
      assertEquals(of("next").acquire(pool, undefined).address, "10.1.0.4");
      assertEquals(of("next").usage(pool).held, 3n);
    })));

Deno.test("importHostLocal() takes the folder of a single network", () =>
  withFiles({ "net/10.1.0.2": "a\r\neth0" }, (dir) =>
    withDatabase((database) => {
      importHostLocal(database, `${dir}/net`);
      assertEquals(listLeases(database).map(({ network, store }) => [network, store]), [["net", dir]]);
    })));

Deno.test("importHostLocal() says where to look if there is no such folder", () =>
  withDatabase((database) => {
    assertThrows(() => importHostLocal(database, "/nonexistent/x"), HostCallError, "usually /var/lib/cni/networks");
  }));
