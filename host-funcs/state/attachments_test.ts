import { assertEquals } from "@std/assert";
import {
  getAttachment,
  type LedgerRow,
  listAttachments,
  listParts,
  putAttachment,
  removeAttachment,
} from "./attachments.ts";
import { bootId, netnsId } from "../sys/identity.ts";
import { livenessOf } from "./liveness.ts";
import { withDatabase } from "./testing.ts";

function row(rest: Partial<LedgerRow> = {}): LedgerRow {
  return {
    network: "net",
    containerId: "c1",
    ifname: "eth0",
    plugin: "bridge",
    netnsPath: "/proc/self/ns/net",
    netnsId: "",
    bootId: "",
    config: "{}",
    args: "",
    result: "{}",
    changes: "[]",
    createdAt: 1_800_000_000_000,
    runtime: "containerd",
    callKey: "",
    ...rest,
  };
}

Deno.test("putAttachment() inserts, and replaces the row with the same key", () =>
  withDatabase((database) => {
    putAttachment(database, row());
    putAttachment(database, row({ result: '{"ips":[]}' }));
    assertEquals(getAttachment(database, row()), row({ result: '{"ips":[]}' }));
    assertEquals(getAttachment(database, row({ plugin: "portmap" })), undefined);
  }));

Deno.test("listAttachments() lists a network or all, the oldest first", () =>
  withDatabase((database) => {
    putAttachment(database, row({ containerId: "a", createdAt: 3 }));
    putAttachment(database, row({ containerId: "b", createdAt: 1 }));
    putAttachment(database, row({ containerId: "c", createdAt: 2, network: "two" }));
    const ids = (network?: string) => listAttachments(database, network).map(({ containerId }) => containerId);
    assertEquals(ids(), ["b", "c", "a"]);
    assertEquals(ids("net"), ["b", "a"]);
    assertEquals(ids("none"), []);
    assertEquals(listParts(database, { network: "two", containerId: "c", ifname: "eth0" }).length, 1);
  }));

Deno.test("removeAttachment() removes the notes with the attachment's last row", () =>
  withDatabase((database) => {
    putAttachment(database, row());
    putAttachment(database, row({ plugin: "portmap" }));
    database.run("INSERT INTO notes VALUES ('net', 'c1', 'eth0', 'k', 'v')");
    database.run("INSERT INTO notes VALUES ('net', 'c2', 'eth0', 'k', 'v')");
    const owners = () => database.all("SELECT container_id FROM notes ORDER BY 1").map((note) => note.container_id);
    removeAttachment(database, row());
    assertEquals(owners(), ["c1", "c2"]);
    removeAttachment(database, row({ plugin: "portmap" }));
    assertEquals(owners(), ["c2"]);
    removeAttachment(database, row());
  }));

const [netnsPath, present] = ["/proc/self/ns/net", { bootId: bootId() }];
for (
  const [what, rest, liveness] of [
    ["of this boot in a namespace that is there", { ...present, netnsPath, netnsId: netnsId(netnsPath)! }, "alive"],
    ["whose namespace became another", { ...present, netnsPath, netnsId: "0:4:1" }, "dead"],
    ["whose namespace is gone", { ...present, netnsPath: "/nonexistent/ns", netnsId: "0:4:1" }, "dead"],
    ["of an earlier boot", { netnsPath, netnsId: netnsId(netnsPath)!, bootId: "earlier" }, "dead"],
  ] as const
) {
  Deno.test(`livenessOf() an attachment ${what} is ${liveness}`, () =>
    withDatabase((database) => {
      putAttachment(database, row(rest));
      assertEquals(livenessOf(database, row()), liveness);
    }));
}

Deno.test("livenessOf() an attachment that the ledger does not have is unknown", () =>
  withDatabase((database) => assertEquals(livenessOf(database, row()), "unknown")));
