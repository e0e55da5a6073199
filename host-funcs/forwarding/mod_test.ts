import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type * as Forwarding from "cnidaria:cni/forwarding@0.3.0";
import { HostCallError } from "../error.ts";
import { firewallTest, flush } from "../firewall/testing/with_firewall.ts";
import { deleteKernelElements, kernelOrphans, orphanElements } from "../firewall/orphans.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { Reading } from "../reading.ts";
import type { Database } from "../state/database.ts";
import { type FakeContext, fakeContext } from "../state/testing.ts";
import { forwardingDifferences, redoForwardingChange } from "./drift.ts";
import { createForwarding } from "./mod.ts";
import { type ForwardingChange, undoForwardingChange } from "./undo.ts";

interface Pod {
  readonly functions: typeof Forwarding;
  readonly context: FakeContext;
}

function pod(database: Database, containerId: string): Pod {
  const context = fakeContext(database, { containerId });
  return { functions: createForwarding(context), context };
}

/** What a plugin does for a pod whose port of cni0 is called after it. */
function attach({ functions, context }: Pod, address: string, ingress: Forwarding.Ingress = "isolated"): void {
  functions.admit({ address });
  functions.confine({ link: "cni0", ingress });
  if (ingress === "isolated") functions.isolatePort(`veth${context.attachment.containerId}`);
}

const changesOf = ({ context }: Pod) => context.changes as ForwardingChange[];
const differences = (it: Pod) =>
  changesOf(it).flatMap((change) => forwardingDifferences(new Reading(it.context), change));
const oneLine = (text: string) => text.replace(/\s+/g, " ");

firewallTest("a pod, a link and a port are elements, and all pods share the rules", (database, ruleset) => {
  const [a, b] = [pod(database, "a"), pod(database, "b")];
  attach(a, "10.1.0.5");
  attach(b, "FD00:0::6");
  const text = oneLine(ruleset());
  assertStringIncludes(text, "elements = { 10.1.0.5 : jump admin }");
  assertStringIncludes(text, "elements = { fd00::6 : jump admin }");
  assertStringIncludes(text, 'elements = { "cni0" }');
  assertStringIncludes(text, 'elements = { "vetha", "vethb" }');
  assertEquals(text.match(/ vmap /g)?.length, 4);
  assertEquals(text.match(/ drop/g)?.length, 3);
  assertEquals(a.functions.inForce(), {
    pods: [{ address: "10.1.0.5" }],
    links: [{ link: "cni0", ingress: "isolated" }],
    ports: ["vetha"],
  });
});

firewallTest("the strictest ingress of a bridge counts, for as long as a pod asks for it", (database, ruleset) => {
  const [a, b] = [pod(database, "a"), pod(database, "b")];
  attach(a, "10.1.0.5", "same-bridge");
  assertStringIncludes(ruleset(), '"cni0" . "cni0"');
  attach(b, "10.1.0.6", "isolated");
  assertEquals(ruleset().includes('"cni0" . "cni0"'), false);
  assertEquals(a.functions.inForce().links, [{ link: "cni0", ingress: "isolated" }]);
  assertEquals([differences(a), differences(b)], [[], []]);
  b.functions.release();
  assertStringIncludes(ruleset(), '"cni0" . "cni0"');
  assertEquals(ruleset().includes("table bridge"), false);
  a.functions.release();
  assertEquals(ruleset(), "");
});

firewallTest(
  "an administrator's chain is never changed, and stays as long as it has rules",
  (database, ruleset, nft) => {
    const [a, b] = [pod(database, "a"), pod(database, "b")];
    a.functions.admit({ address: "10.1.0.5" });
    b.functions.admit({ address: "10.1.0.6", adminChain: "LIMITS" });
    assertEquals(b.functions.inForce().pods, [{ address: "10.1.0.6", adminChain: "LIMITS" }]);
    nft.run("add rule inet cnidaria-forward admin tcp dport 25 drop");
    nft.run("flush chain inet cnidaria-forward forward");
    attach(a, "10.1.0.5");
    assertStringIncludes(ruleset(), "tcp dport 25 drop");
    b.functions.release();
    assertEquals(ruleset().includes("admin-LIMITS"), false);
    a.functions.release();
    assertStringIncludes(ruleset(), "tcp dport 25 drop");
    assertEquals(ruleset().includes("elements"), false);
    nft.run("flush chain inet cnidaria-forward admin");
    attach(a, "10.1.0.5");
    a.functions.release();
    assertEquals(ruleset(), "");
  },
);

firewallTest("a chain of a name of its own that has rules outlives its last pod, and the table with it", (
  database,
  ruleset,
  nft,
) => {
  const a = pod(database, "a");
  a.functions.admit({ address: "10.1.0.5", adminChain: "mine" });
  nft.run("add rule inet cnidaria-forward admin-mine counter");
  a.functions.release();
  assertStringIncludes(ruleset(), "chain admin-mine");
});

firewallTest("an empty chain that a rule of the administrator's jumps to stays, and keeps no pod from going", (
  database,
  ruleset,
  nft,
) => {
  const a = pod(database, "a");
  a.functions.admit({ address: "10.1.0.5", adminChain: "mine" });
  assertEquals(nft.run("add rule inet cnidaria-forward admin jump admin-mine").ok, true);
  a.functions.release();
  assertStringIncludes(ruleset(), "chain admin-mine");
  assertEquals(ruleset().includes("elements"), false);
});

firewallTest("an undo brings back what the attachment had, and is repeatable", (database, ruleset) => {
  const a = pod(database, "a");
  a.functions.confine({ link: "cni0", ingress: "same-bridge" });
  a.functions.confine({ link: "cni0", ingress: "isolated" });
  a.functions.admit({ address: "10.1.0.5" });
  a.functions.admit({ address: "10.1.0.5", adminChain: "mine" });
  const [first, second, third, fourth] = changesOf(a);
  undoForwardingChange(a.context, fourth!);
  assertEquals(a.functions.inForce().pods, [{ address: "10.1.0.5" }]);
  assertEquals(ruleset().includes("admin-mine"), false);
  undoForwardingChange(a.context, second!);
  assertEquals(a.functions.inForce().links, [{ link: "cni0", ingress: "same-bridge" }]);
  // A process died before the state had it.
  database.run("DELETE FROM firewall_elements");
  for (const change of [third!, third!, first!, first!]) undoForwardingChange(a.context, change);
  assertEquals(ruleset(), "");
});

firewallTest(
  "what a flush has taken is missed, and made again; a release needs none of it",
  (database, ruleset, nft) => {
    const [a, b] = [pod(database, "a"), pod(database, "b")];
    attach(a, "10.1.0.5");
    attach(b, "10.1.0.6");
    const before = ruleset();
    flush(nft);
    assertEquals(differences(a), [
      "admission of 10.1.0.5 is gone from the packet filter",
      "confinement of cni0 is gone from the packet filter",
      "isolation of port vetha is gone from the packet filter",
    ]);
    assertEquals(a.functions.inForce(), { pods: [], links: [], ports: [] });
    for (const it of [a, b]) for (const change of changesOf(it)) redoForwardingChange(it.context, change);
    assertEquals(ruleset(), before);
    nft.run("flush chain bridge cnidaria-forward forward");
    assertEquals(differences(b), ["isolation of port vethb is gone from the packet filter"]);
    flush(nft);
    a.functions.release();
    b.functions.release();
    assertEquals(ruleset(), "");
  },
);

firewallTest("two attachments of one address: the element goes with the last", (database, ruleset) => {
  const [a, b] = [pod(database, "a"), pod(database, "b")];
  a.functions.admit({ address: "10.1.0.5" });
  b.functions.admit({ address: "10.1.0.5", adminChain: "mine" });
  assertEquals([differences(a), differences(b)], [[], []]);
  b.functions.release();
  assertEquals(a.functions.inForce().pods, [{ address: "10.1.0.5" }]);
  a.functions.release();
  assertEquals(ruleset(), "");
});

firewallTest("elements without an attachment are found, and go with their tables", (database, ruleset) => {
  const a = pod(database, "a");
  attach(a, "10.1.0.5");
  attach(a, "fd00::5", "same-bridge");
  assertEquals(orphanElements(database).length, 4);
  assertEquals(kernelOrphans(database, packetFilter()), []);
  database.run("DELETE FROM firewall_elements");
  const orphans = kernelOrphans(database, packetFilter());
  assertEquals(orphans.map(({ text }) => text), [
    "admission of 10.1.0.5",
    "admission of fd00::5",
    "confinement of link cni0",
    "confinement of link cni0 but for its own traffic",
    "isolation of port vetha",
  ]);
  deleteKernelElements(database, packetFilter(), orphans);
  assertEquals(ruleset(), "");
});

firewallTest("what is no address, link or chain is refused, and nothing is made", (database, ruleset) => {
  const { functions, context } = pod(database, "a");
  const refused: (() => void)[] = [
    () => functions.admit({ address: "10.1.0" }),
    () => functions.admit({ address: "10.1.0.5", adminChain: "a; flush ruleset" }),
    () => functions.admit({ address: "10.1.0.5", adminChain: "" }),
    () => functions.confine({ link: 'a" }', ingress: "isolated" }),
    () => functions.isolatePort(""),
  ];
  for (const call of refused) assertEquals((assertThrows(call, HostCallError) as HostCallError).code, "invalid");
  assertEquals([ruleset(), context.changes], ["", []]);
});
