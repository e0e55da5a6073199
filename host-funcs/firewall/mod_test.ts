import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import type { Database } from "../state/database.ts";
import { type FakeContext, fakeContext } from "../state/testing.ts";
import { Nft } from "../sys/libnftables.ts";
import { createFirewall } from "./mod.ts";
import { firewallTest, flush } from "./testing/with_firewall.ts";
import { type FirewallChange, undoFirewallChange } from "./undo.ts";

function firewall(
  database: Database,
  containerId: string,
): ReturnType<typeof createFirewall> & { context: FakeContext } {
  const context = fakeContext(database, { containerId });
  return { ...createFirewall(context), context };
}

function changeOf(context: FakeContext, index: number): FirewallChange {
  return context.changes[index] as FirewallChange;
}

const local = ["10.1.0.0/16", "10.96.0.0/12"];

firewallTest("a pod is an element; pods with the same local networks share a chain", (database, ruleset) => {
  firewall(database, "a").addMasquerade({ source: "10.1.0.5", local });
  firewall(database, "b").addMasquerade({ source: "10.1.0.6", local: local.toReversed() });
  firewall(database, "b").addMasquerade({ source: "FD00:0::6", local: ["fd00::/64"] });
  const text = ruleset();
  assertEquals(text.match(/chain local4-/g)?.length, 1);
  assertEquals(text.match(/10\.1\.0\.[56] : jump local4-/g)?.length, 2);
  assertEquals(text.match(/fd00::6 : jump local6-/g)?.length, 1);
  assertStringIncludes(text, "ip daddr { 10.1.0.0/16, 10.96.0.0/12 } return");
  assertStringIncludes(text, "ip daddr 224.0.0.0/4 return");
  assertStringIncludes(text, "ip6 daddr ff00::/8 return");
  assertEquals(text.match(/vmap @masquerade/g)?.length, 2);
});

firewallTest("listMasquerades() answers what this attachment has and the kernel holds", (database, _, nft) => {
  const a = firewall(database, "a");
  a.addMasquerade({ source: "10.1.0.5", local });
  a.addMasquerade({ source: "10.1.0.7", local: [] });
  firewall(database, "b").addMasquerade({ source: "10.1.0.6", local });
  assertEquals(a.listMasquerades(), [{ source: "10.1.0.5", local }, { source: "10.1.0.7", local: [] }]);
  nft.run("delete element inet cnidaria masquerade4 { 10.1.0.5 }");
  assertEquals(a.listMasquerades(), [{ source: "10.1.0.7", local: [] }]);
  flush(nft);
  assertEquals(a.listMasquerades(), []);
});

firewallTest("release() leaves nothing: no element, with the last of a list no chain, with the last of all no table", (
  database,
  ruleset,
) => {
  const [a, b] = [firewall(database, "a"), firewall(database, "b")];
  a.addMasquerade({ source: "10.1.0.5", local });
  b.addMasquerade({ source: "10.1.0.6", local });
  b.addMasquerade({ source: "10.1.0.7", local: ["10.9.0.0/16"] });
  b.addMacCheck("vethb", "02:00:00:00:00:0B");
  b.release();
  assertEquals(ruleset().match(/chain local4-/g)?.length, 1);
  assertEquals(ruleset().includes("10.1.0.6"), false);
  assertEquals(ruleset().includes("table bridge"), false);
  b.release();
  assertEquals(b.context.changes.filter(({ kind }) => kind === "firewall-released").length, 1);
  a.release();
  assertEquals(ruleset(), "");
  assertEquals(database.all("SELECT * FROM firewall_elements"), []);
});

firewallTest("addMasquerade() replaces what the attachment had for the source, and undo brings it back", (
  database,
  ruleset,
) => {
  const a = firewall(database, "a");
  a.addMasquerade({ source: "10.1.0.5", local });
  a.addMasquerade({ source: "10.1.0.5", local: ["10.9.0.0/16"] });
  assertEquals(a.listMasquerades(), [{ source: "10.1.0.5", local: ["10.9.0.0/16"] }]);
  assertEquals(ruleset().match(/chain local4-/g)?.length, 1);
  undoFirewallChange(a.context, changeOf(a.context, 1));
  assertEquals(a.listMasquerades(), [{ source: "10.1.0.5", local }]);
  undoFirewallChange(a.context, changeOf(a.context, 0));
  undoFirewallChange(a.context, changeOf(a.context, 0));
  assertEquals(ruleset(), "");
});

firewallTest("undo removes what a process left that died before the state had it", (database, ruleset) => {
  const a = firewall(database, "a");
  a.addMasquerade({ source: "10.1.0.5", local });
  a.addMacCheck("veth1", "02:00:00:00:00:01");
  database.run("DELETE FROM firewall_elements");
  undoFirewallChange(a.context, changeOf(a.context, 1));
  undoFirewallChange(a.context, changeOf(a.context, 0));
  assertEquals(ruleset(), "");
});

firewallTest("two attachments that claim one source: the element goes with the last", (database, ruleset) => {
  const [a, b] = [firewall(database, "a"), firewall(database, "b")];
  a.addMasquerade({ source: "10.1.0.5", local });
  b.addMasquerade({ source: "10.1.0.5", local: [] });
  assertEquals(b.listMasquerades().length, 1);
  b.release();
  assertEquals(a.listMasquerades(), [{ source: "10.1.0.5", local }]);
  a.release();
  assertEquals(ruleset(), "");
});

firewallTest("add and release work after someone else has flushed the ruleset", (database, ruleset, nft) => {
  const [a, b] = [firewall(database, "a"), firewall(database, "b")];
  a.addMasquerade({ source: "10.1.0.5", local });
  a.addMacCheck("veth1", "02:00:00:00:00:01");
  flush(nft);
  b.addMasquerade({ source: "10.1.0.6", local });
  b.addMacCheck("veth2", "02:00:00:00:00:02");
  assertEquals(b.listMasquerades().length, 1);
  flush(nft);
  a.release();
  b.release();
  assertEquals(ruleset(), "");
});

firewallTest("tables of others stay as they are", (database, _, nft) => {
  const other = `inet other${crypto.randomUUID().slice(0, 8)}`;
  nft.run(`add table ${other}\nadd chain ${other} c\nadd rule ${other} c counter`);
  const before = nft.run(`list table ${other}`);
  const a = firewall(database, "a");
  a.addMasquerade({ source: "10.1.0.5", local });
  a.addMacCheck("veth1", "02:00:00:00:00:01");
  a.release();
  assertEquals(nft.run(`list table ${other}`), before);
  assertEquals(before.ok, true);
  nft.run(`delete table ${other}`);
});

firewallTest("addMacCheck() allows one MAC by a link, and undo takes it back", (database, ruleset, nft) => {
  const a = firewall(database, "a");
  a.addMacCheck("veth1", "02:00:00:00:00:0A");
  assertEquals(a.hasMacCheck("veth1", "02:00:00:00:00:0a"), true);
  assertEquals(a.hasMacCheck("veth1", "02:00:00:00:00:0b"), false);
  assertEquals(a.hasMacCheck("veth2", "02:00:00:00:00:0a"), false);
  a.addMacCheck("veth1", "02:00:00:00:00:0b");
  assertEquals(a.hasMacCheck("veth1", "02:00:00:00:00:0a"), false);
  undoFirewallChange(a.context, changeOf(a.context, 1));
  assertEquals(a.hasMacCheck("veth1", "02:00:00:00:00:0a"), true);
  nft.run('delete element bridge cnidaria checked { "veth1" }');
  assertEquals(a.hasMacCheck("veth1", "02:00:00:00:00:0a"), false);
  undoFirewallChange(a.context, changeOf(a.context, 0));
  assertEquals(ruleset(), "");
});

firewallTest("the undo of a MAC check leaves that of a later link of the same name", (database, ruleset) => {
  const [a, b] = [firewall(database, "a"), firewall(database, "b")];
  a.addMacCheck("veth1", "02:00:00:00:00:01");
  b.addMacCheck("veth1", "02:00:00:00:00:02");
  const before = ruleset();
  undoFirewallChange(a.context, changeOf(a.context, 0));
  assertEquals(ruleset(), before);
  b.release();
  assertEquals(ruleset(), "");
});

firewallTest("an add that the state refuses leaves the kernel as it was", (database, ruleset) => {
  database.exec("CREATE TRIGGER refuse BEFORE INSERT ON firewall_elements BEGIN SELECT RAISE(ABORT, 'no'); END");
  const a = firewall(database, "a");
  assertThrows(() => a.addMasquerade({ source: "10.1.0.5", local }), HostCallError);
  assertEquals(ruleset(), "");
});

firewallTest("an add that could not be written down is not made", (database, ruleset) => {
  const context = {
    ...fakeContext(database),
    record: () => {
      throw new Error("journal full");
    },
  };
  assertThrows(() => createFirewall(context).addMasquerade({ source: "10.1.0.5", local }), Error, "journal full");
  assertEquals(ruleset(), "");
});

firewallTest("a local network of /0 and overlapping ones are accepted", (database, ruleset) => {
  const a = firewall(database, "a");
  a.addMasquerade({ source: "10.1.0.5", local: ["10.1.0.0/24", "0.0.0.0/0"] });
  a.addMasquerade({ source: "10.1.0.6", local: ["10.1.0.0/24", "10.1.0.7/16", "10.1.0.0/16", "10.2.0.1/32"] });
  assertStringIncludes(ruleset(), "ip daddr { 10.1.0.0/16, 10.2.0.1 } return");
  assertEquals(a.listMasquerades(), [
    { source: "10.1.0.5", local: ["0.0.0.0/0"] },
    { source: "10.1.0.6", local: ["10.1.0.0/16", "10.2.0.1/32"] },
  ]);
});

Deno.test("Nft.open() names the package where the library is missing", () => {
  const error = assertThrows(() => Nft.open("libnftables.so.99"), HostCallError) as HostCallError;
  assertEquals(error.code, "unsupported");
  assertStringIncludes(error.message, "libnftables1 on Debian and Ubuntu");
});
