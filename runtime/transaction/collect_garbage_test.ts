import { assertEquals, assertStringIncludes } from "@std/assert";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { labTest } from "../../test/lab/isolation.ts";
import { collectGarbage } from "./collect_garbage.ts";
import { lookForGarbage, type Observation } from "./garbage.ts";
import { Journal, journalDir } from "./journal.ts";
import { type LedgerEntry, writeEntry } from "./ledger.ts";
import { aliveEntry, entryOf, withLedger } from "./testing.ts";

const nothing: Observation = { found: new Map(), doubtful: [] };

/** As a node's collection looks at the packet filter, it needs a network namespace of its own. */
function ledgerTest(name: string, entries: readonly LedgerEntry[], body: Parameters<typeof withLedger>[1]): void {
  Deno.test({ ...labTest(name), sanitizeResources: false, fn: () => withLedger(entries, body) });
}

ledgerTest("only what both looks have seen is removed", [entryOf("a"), aliveEntry("b")], async (remover, stored) => {
  const first = await collectGarbage(remover, nothing);
  assertEquals(first.collected.map(({ outcome, reason }) => [outcome, reason]), [
    ["kept", "it was not there at the first look"],
  ]);
  const second = await collectGarbage(remover, first.observation);
  assertEquals(second.collected.map(({ outcome }) => outcome), ["removed"]);
  assertEquals([stored("a"), stored("b") !== undefined], [undefined, true]);
  assertEquals(await collectGarbage(remover, second.observation), { collected: [], observation: nothing });
});

ledgerTest("a row that was written anew between the looks is another", [entryOf("a")], async (remover, stored) => {
  const earlier = lookForGarbage(remover);
  const database = openDatabase(remover.stateDir);
  while (Date.now() === stored("a")!.createdAt);
  writeEntry(database, entryOf("a"));
  database.close();
  const { collected } = await collectGarbage(remover, earlier);
  assertEquals([collected.map(({ outcome }) => outcome), stored("a") !== undefined], [["kept"], true]);
});

ledgerTest("a dry run removes nothing; of an earlier boot nothing is left in the kernel to fail", [
  entryOf("a", { changes: [{ kind: "masquerade-added", source: "no address", local: [] }], bootId: "x" }),
  entryOf("b", { changes: [{ kind: "lease-acquired", store: "", address: "10.1.0.9", sequence: 1 }] }),
], async (remover, stored) => {
  const look = lookForGarbage(remover);
  const dry = await collectGarbage({ ...remover, dryRun: true }, look);
  assertEquals(dry.collected.map(({ outcome }) => outcome), ["would be removed", "would be removed"]);
  assertEquals([stored("a"), stored("b")].includes(undefined), false);
  const { collected } = await collectGarbage(remover, look);
  assertEquals(collected.map(({ outcome }) => outcome), ["removed", "removed"]);
});

ledgerTest("a thing is named by its attachment, its plugin and its pod", [
  entryOf("a", { rawArgs: "IgnoreUnknown=1;K8S_POD_NAMESPACE=prod;K8S_POD_NAME=web-0" }),
], (remover) => {
  const [garbage] = lookForGarbage(remover).found.values();
  assertEquals(garbage?.what, "attachment net/a/eth0 by plugin nowhere for pod prod/web-0");
  assertEquals(garbage?.why, "its network namespace /nonexistent/netns is gone");
});

ledgerTest("one failure does not stop the rest", [
  entryOf("a", { changes: [{ kind: "fdb-set", link: "not a link's name", mac: "x" }] }),
  entryOf("b"),
], async (remover, stored) => {
  const { collected } = await collectGarbage(remover, lookForGarbage(remover));
  assertEquals(collected.map(({ outcome }) => outcome), ["failed", "removed"]);
  assertStringIncludes(collected[0]!.reason!, "Cannot DEL net/a/eth0 completely");
  assertEquals([stored("a") !== undefined, stored("b")], [true, undefined]);
});

ledgerTest("journals that nobody holds are undone, one that is held is not looked at", [], async (remover) => {
  const open = (containerId: string) => {
    const attachment = { network: "net", containerId, ifname: "eth0" };
    const journal = Journal.open(remover.stateDir, attachment, "bridge", 0);
    journal.begin({ attachment, plugin: "bridge", netns: "", netnsId: "", bootId: "" });
    return journal;
  };
  const [held, left, empty] = [open("held"), open("left"), open("empty")];
  for (const journal of [held, left]) journal.append({ kind: "note-put", key: "k" });
  left.close();
  empty.close();
  Deno.writeTextFileSync(`${journalDir(remover.stateDir)}/damaged.jsonl`, "x\n");
  const { collected } = await collectGarbage(remover, lookForGarbage(remover));
  assertEquals(collected.map(({ outcome, garbage }) => [outcome, garbage.why]).sort(), [
    ["kept", `Cannot read the journal ${journalDir(remover.stateDir)}/damaged.jsonl as line 1 is no JSON`],
    ["removed", "a process that died left 1 changes, which are not undone yet"],
    ["removed", "a process that died left it, and had changed nothing"],
  ]);
  assertEquals([...Deno.readDirSync(journalDir(remover.stateDir))].length, 2);
  held.finish();
});
