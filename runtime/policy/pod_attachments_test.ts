import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { isolate } from "../../host-funcs/firewall/isolate.ts";
import { packetFilter } from "../../host-funcs/firewall/packet_filter.ts";
import { firewallTest, flush } from "../../host-funcs/firewall/testing/with_firewall.ts";
import { undoFirewallChange } from "../../host-funcs/firewall/undo.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { type FakeContext, fakeContext } from "../../host-funcs/state/testing.ts";
import { PodAttachments } from "./pod_attachments.ts";

const args = [["K8S_POD_NAMESPACE", "shop"], ["K8S_POD_NAME", "web-1"]] as const;

/** As an ADD does it that another process serves. The node's parameters are in memory. */
function add(database: Database, containerId: string, address: string, closed = true): FakeContext {
  const context: FakeContext = {
    ...fakeContext(database, { containerId }, { args }),
    standIn: { readParameter: () => "1", writeParameter: () => {}, packetFilter },
  };
  isolate(context, { address, linkKind: "veth" }, closed);
  return context;
}

/** Those that are isolated. */
function addresses(attachments: PodAttachments): [string, string][] {
  return attachments.list().filter(({ isolated }) => isolated).map(({ address, pod }) => [address, pod]);
}

firewallTest("new pods of other processes are listed with their names, until they are taken over or gone", (
  database,
  ruleset,
) => {
  using attachments = new PodAttachments(database.directory, fail);
  assertEquals(addresses(attachments), []);
  add(database, "a", "10.1.0.5/24");
  add(database, "a", "fd00::5/64");
  const gone = add(database, "b", "10.1.0.6/24");
  add(database, "c", "10.1.0.7/24", false);
  assertEquals(attachments.list().find(({ address }) => address === "10.1.0.7")?.isolated, false);
  assertEquals(addresses(attachments), [["10.1.0.5", "shop/web-1"], ["10.1.0.6", "shop/web-1"], [
    "fd00::5",
    "shop/web-1",
  ]]);
  const listed = attachments.list();
  undoFirewallChange(gone, gone.changes[0] as never);
  assertEquals(addresses(attachments), [["10.1.0.5", "shop/web-1"], ["fd00::5", "shop/web-1"]]);
  // What has gone meanwhile is no obstacle, and neither is a second time.
  for (const _ of [1, 2]) attachments.takeOver(listed);
  assertEquals([addresses(attachments), ruleset().includes("elements")], [[], false]);
  assertEquals(attachments.list().map(({ address }) => address), ["10.1.0.5", "10.1.0.7", "fd00::5"]);
  assertStringIncludes(ruleset(), "table inet cnidaria-isolation");
});

firewallTest("while nobody writes, the list is not read again", (database) => {
  using attachments = new PodAttachments(database.directory, fail);
  add(database, "a", "10.1.0.5/24");
  const first = attachments.list();
  assertEquals(attachments.list() === first, true);
  add(database, "b", "10.1.0.6/24");
  const second = attachments.list();
  assertEquals([second === first, second.length], [false, 2]);
  attachments.takeOver(first);
  assertEquals(addresses(attachments).length, 1);
});

firewallTest("where the kernel refuses nothing is taken over, and it can be tried again", (database, ruleset) => {
  let refuses = true;
  const filter = packetFilter();
  using attachments = new PodAttachments(database.directory, fail, () => ({
    ...filter,
    change(changes, doing) {
      const [first] = changes;
      if (refuses && first && "delete" in first && first.delete.key.at(-1) === 6) throw new HostCallError("io", "no");
      filter.change(changes, doing);
    },
  }));
  add(database, "a", "10.1.0.5/24");
  add(database, "b", "10.1.0.6/24");
  const listed = attachments.list();
  assertThrows(() => attachments.takeOver(listed), HostCallError, "no");
  assertEquals(addresses(attachments).length, 2);
  refuses = false;
  attachments.takeOver(listed);
  assertEquals([addresses(attachments), ruleset().includes("elements")], [[], false]);
});

firewallTest("who waits is isolated again after a flush, and nobody else is", (database, ruleset, nft) => {
  using attachments = new PodAttachments(database.directory, fail);
  add(database, "a", "10.1.0.5/24");
  add(database, "b", "fd00::6/64");
  assertEquals(attachments.isolateAgain(), []);
  attachments.takeOver(attachments.list().filter(({ address }) => address === "10.1.0.5"));
  flush(nft);
  assertEquals([attachments.isolateAgain(), attachments.isolateAgain()], [["fd00::6"], []]);
  assertStringIncludes(ruleset(), "elements = { fd00::6 }");
  assertEquals(ruleset().includes("10.1.0.5"), false);
  nft.run("flush chain inet cnidaria-isolation forward");
  assertEquals(attachments.isolateAgain(), ["fd00::6"]);
  assertStringIncludes(ruleset(), "ip6 saddr @isolated6 drop");
  attachments.takeOver(attachments.list());
  flush(nft);
  assertEquals([attachments.isolateAgain(), ruleset()], [[], ""]);
});

firewallTest("a database that was replaced is opened anew", (database) => {
  using attachments = new PodAttachments(database.directory, () => {});
  add(database, "a", "10.1.0.5/24");
  assertEquals(addresses(attachments).length, 1);
  for (const end of ["", "-wal", "-shm"]) Deno.removeSync(`${database.path}${end}`);
  assertEquals(addresses(attachments), []);
});

function fail(message: string): void {
  throw new Error(message);
}
