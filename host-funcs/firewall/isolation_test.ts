import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { differencesOf, redo } from "../drift.ts";
import { Reading } from "../reading.ts";
import type { Database } from "../state/database.ts";
import { type FakeContext, fakeContext } from "../state/testing.ts";
import { isolate } from "./isolate.ts";
import { podAddresses, takeOver, untaken } from "./isolation_take_over.ts";
import { createFirewall } from "./mod.ts";
import { deleteKernelElements, kernelOrphans } from "./orphans.ts";
import { packetFilter } from "./packet_filter.ts";
import { firewallTest, flush } from "./testing/with_firewall.ts";
import { undoFirewallChange } from "./undo.ts";

const args = [["K8S_POD_NAMESPACE", "shop"], ["K8S_POD_NAME", "web-1"]] as const;

/** A node's parameters in memory: these tests are about nftables. */
function contextOf(database: Database, containerId: string, network = "net"): FakeContext & { parameters: string[] } {
  const parameters: string[] = [];
  return {
    ...fakeContext(database, { containerId, network }, { args }),
    parameters,
    standIn: {
      readParameter: () => "0",
      writeParameter: (ns, path, value) => void parameters.push(`${ns} ${path} ${value}`),
      packetFilter,
    },
  };
}

function add(context: FakeContext, address: string, closed = true): () => void {
  return isolate(context, { address, linkKind: "veth" }, closed);
}

firewallTest("isolate() writes it down, and has the kernel drop both directions and ask for what bridges forward", (
  database,
  ruleset,
) => {
  const a = contextOf(database, "a");
  add(a, "10.1.0.5/24");
  add(a, "FD00:0::5/64");
  assertEquals(a.changes, [
    { kind: "isolation-added", address: "10.1.0.5", pod: "shop/web-1", closed: true },
    { kind: "isolation-added", address: "fd00::5", pod: "shop/web-1", closed: true },
  ]);
  for (const rule of ["ip saddr @isolated4 drop", "ip daddr @isolated4 drop", "ip6 saddr @isolated6 drop"]) {
    assertStringIncludes(ruleset(), rule);
  }
  assertStringIncludes(ruleset(), "elements = { 10.1.0.5 }");
  assertStringIncludes(ruleset(), "elements = { fd00::5 }");
  assertEquals(a.parameters.slice(0, 2), [
    "host /proc/sys/net/bridge/bridge-nf-call-iptables 1",
    "host /proc/sys/net/bridge/bridge-nf-call-ip6tables 1",
  ]);
  for (const change of a.changes.toReversed()) undoFirewallChange(a, change as never);
  for (const change of a.changes.toReversed()) undoFirewallChange(a, change as never);
  assertEquals([ruleset(), podAddresses(database)], ["", []]);
});

firewallTest("with allow there is a row, and nothing in the kernel", (database, ruleset) => {
  const a = contextOf(database, "a");
  add(a, "10.1.0.5/24", false);
  const owner = { network: "net", containerId: "a", ifname: "eth0" };
  assertEquals(podAddresses(database), [{ owner, address: "10.1.0.5", pod: "shop/web-1", isolated: false }]);
  assertEquals([untaken(database), ruleset(), a.parameters], [[], "", []]);
});

firewallTest("takeOver() ends the isolation of that attachment alone, once", (database, ruleset) => {
  const [a, b] = [contextOf(database, "a"), contextOf(database, "b")];
  add(a, "10.1.0.5/24");
  add(b, "10.1.0.6/24");
  assertEquals(untaken(database).map(({ address }) => address), ["10.1.0.5", "10.1.0.6"]);
  const filter = packetFilter();
  assertEquals(takeOver(database, filter, "10.1.0.5", b.attachment), false);
  assertEquals(takeOver(database, filter, "10.1.0.5", a.attachment), true);
  assertEquals(takeOver(database, filter, "10.1.0.5", a.attachment), false);
  assertEquals(untaken(database).map(({ address }) => address), ["10.1.0.6"]);
  assertStringIncludes(ruleset(), "elements = { 10.1.0.6 }");
  takeOver(database, filter, "10.1.0.6", b.attachment);
  // It is kept for the next pod.
  assertStringIncludes(ruleset(), "table inet cnidaria-isolation");
  for (const context of [a, b]) undoFirewallChange(context, context.changes[0] as never);
  assertEquals(ruleset(), "");
});

firewallTest("an address that is used again is isolated again, whatever became of it before", (database) => {
  const [a, b] = [contextOf(database, "a"), contextOf(database, "b")];
  add(a, "10.1.0.5/24");
  add(b, "10.1.0.5/24");
  assertEquals(takeOver(database, packetFilter(), "10.1.0.5", a.attachment), false);
  assertEquals(takeOver(database, packetFilter(), "10.1.0.5", b.attachment), true);
  add(b, "10.1.0.5/24");
  assertEquals(untaken(database).map(({ owner }) => owner.containerId), ["b"]);
});

firewallTest("pods of two networks may have one address: it is isolated until both are taken over", (
  database,
  ruleset,
) => {
  const [a, b] = [contextOf(database, "a"), contextOf(database, "b", "other")];
  add(a, "10.1.0.5/24");
  add(b, "10.1.0.5/24");
  takeOver(database, packetFilter(), "10.1.0.5", a.attachment);
  assertStringIncludes(ruleset(), "elements = { 10.1.0.5 }");
  takeOver(database, packetFilter(), "10.1.0.5", b.attachment);
  assertEquals(ruleset().includes("elements"), false);
});

firewallTest("what is not taken over is missed after a flush, and isolated again; what is taken over is not", (
  database,
  ruleset,
  nft,
) => {
  const a = contextOf(database, "a");
  add(a, "10.1.0.5/24");
  add(a, "10.1.0.6/24");
  takeOver(database, packetFilter(), "10.1.0.6", a.attachment);
  const missed = () => a.changes.flatMap((change) => differencesOf(new Reading(a), change));
  assertEquals(missed(), []);
  flush(nft);
  assertEquals(missed(), ["isolation of 10.1.0.5 is gone from the packet filter"]);
  for (const change of a.changes) redo(a, change);
  assertEquals(missed(), []);
  assertStringIncludes(ruleset(), "elements = { 10.1.0.5 }");
  nft.run("flush table inet cnidaria-isolation");
  assertEquals(missed(), ["isolation of 10.1.0.5 is gone from the packet filter"]);
  database.run("DELETE FROM firewall_elements");
  assertEquals(missed().length, 2);
  for (const change of a.changes) redo(a, change);
  assertEquals(untaken(database).length, 2);
});

firewallTest("what the state does not have is an orphan, and goes with its table", (database, ruleset) => {
  const a = contextOf(database, "a");
  add(a, "fd00::5/64");
  assertEquals(kernelOrphans(database, packetFilter()), []);
  database.run("DELETE FROM firewall_elements");
  const orphans = kernelOrphans(database, packetFilter());
  assertEquals(orphans.map(({ text }) => text), ["isolation of fd00::5"]);
  deleteKernelElements(database, packetFilter(), orphans);
  assertEquals(ruleset(), "");
});

firewallTest("a plugin's release() leaves the isolation to the ledger", (database) => {
  const a = contextOf(database, "a");
  add(a, "10.1.0.5/24");
  createFirewall(a).release();
  assertEquals(untaken(database).length, 1);
});

firewallTest("what is left of an earlier boot isolates nobody", (database, ruleset) => {
  const [a, b] = [contextOf(database, "a", "old"), contextOf(database, "b")];
  add(a, "10.1.0.5/24");
  database.run(
    `INSERT INTO attachments (network, container_id, ifname, plugin, netns_path, netns_id, boot_id, config, args, result,
      changes, created_ms) VALUES ('old', 'a', 'eth0', 'bridge', '', '', 'earlier', '{}', '', '{}', '[]', 0)`,
  );
  add(b, "10.1.0.5/24");
  assertEquals(untaken(database).map(({ owner }) => owner.containerId), ["b"]);
  takeOver(database, packetFilter(), "10.1.0.5", b.attachment);
  assertEquals(ruleset().includes("elements"), false);
});

firewallTest("an isolation that the state refuses is none, and says why", (database, ruleset) => {
  database.exec("CREATE TRIGGER refuse BEFORE INSERT ON firewall_elements BEGIN SELECT RAISE(ABORT, 'no'); END");
  assertThrows(() => add(contextOf(database, "a"), "10.1.0.5/24"), HostCallError);
  assertEquals(ruleset(), "");
});

firewallTest("a kernel without br_netfilter, and a link that bypasses the packet filter, are refused", (database) => {
  const a = contextOf(database, "a");
  const refused = (work: () => void) => (assertThrows(work, HostCallError) as HostCallError);
  const macvlan = refused(() => isolate(a, { address: "10.1.0.5/24", linkKind: "macvlan" }, true));
  assertEquals(macvlan.code, "unsupported");
  assertStringIncludes(macvlan.message, "on a macvlan and no veth");
  const missing = () => {
    throw new HostCallError("not-found", "none");
  };
  const bare = { ...a, standIn: { ...a.standIn!, readParameter: missing } };
  const error = refused(() => isolate(bare, { address: "10.1.0.5/24", linkKind: "veth" }, true));
  assertEquals(error.code, "unsupported");
  assertStringIncludes(error.message, "modprobe br_netfilter");
  assertEquals([a.changes, podAddresses(database)], [[], []]);
});
