// The packet filter of a node in memory against that of the kernel: the same calls, by two attachments, on both. They must
// answer the same, refuse the same in the same words, and write down the same changes.

import { assertEquals } from "@std/assert";
import type * as Firewall from "cnidaria:cni/firewall@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { createFirewall } from "../firewall/mod.ts";
import { firewallDifferences } from "../firewall/drift.ts";
import { firewallTest } from "../firewall/testing/with_firewall.ts";
import { type FirewallChange, undoFirewallChange } from "../firewall/undo.ts";
import { Reading } from "../reading.ts";
import type { Database } from "../state/database.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { PlannedKernel } from "./kernel.ts";

/** One of two attachments, `a` and `b`. */
interface Side {
  readonly functions: typeof Firewall;
  readonly context: HostContext & { readonly changes: Change[] };
}
type Step = (a: Side, b: Side) => unknown;

const local = ["10.1.0.0/16", "10.96.0.0/12"];
const undo = ({ context }: Side, index: number) =>
  undoFirewallChange(context, context.changes[index] as FirewallChange);
const differences = ({ context }: Side) =>
  context.changes.flatMap((change) => firewallDifferences(new Reading(context), change as FirewallChange));

const steps: readonly Step[] = [
  (a) => a.functions.probe(),
  (a) => a.functions.listMasquerades(),
  (a) => a.functions.addMasquerade({ source: "10.1.0.5", local }),
  (a) => a.functions.addMasquerade({ source: "FD00:0::5", local: ["fd00::/64"] }),
  (_, b) => b.functions.addMasquerade({ source: "10.1.0.6", local: local.toReversed() }),
  (a) => a.functions.listMasquerades(),
  (_, b) => b.functions.listMasquerades(),
  (a) => a.functions.addMasquerade({ source: "10.1.0.5", local: [] }),
  (a) => a.functions.listMasquerades(),
  (a) => differences(a),
  (a) => undo(a, 2),
  (a) => a.functions.listMasquerades(),
  // Another attachment claims the same source: the element goes with the last.
  (_, b) => b.functions.addMasquerade({ source: "10.1.0.5", local: [] }),
  (_, b) => b.functions.release(),
  (a) => a.functions.listMasquerades(),
  (_, b) => b.functions.listMasquerades(),
  (a) => a.functions.addMasquerade({ source: "10.1.0", local }),
  (a) => a.functions.addMasquerade({ source: "10.1.0.7", local: ["fd00::/64"] }),
  (a) => a.functions.addMacCheck("veth1", "02:00:00:00:00:0A"),
  (a) => a.functions.hasMacCheck("veth1", "02:00:00:00:00:0a"),
  (a) => a.functions.hasMacCheck("veth1", "02:00:00:00:00:0b"),
  (a) => a.functions.hasMacCheck("veth2", "02:00:00:00:00:0a"),
  (a) => a.functions.addMacCheck("veth1", "02:00"),
  (a) => a.functions.addMacCheck("a name that is too long", "02:00:00:00:00:0a"),
  (a) => differences(a),
  (a) => a.functions.release(),
  (a) => a.functions.listMasquerades(),
  (a) => a.functions.hasMacCheck("veth1", "02:00:00:00:00:0a"),
  (a) => a.functions.release(),
];

firewallTest("a packet filter in memory answers as the kernel's", (database) => {
  const real = answers(database, undefined);
  const kernel = new PlannedKernel({
    netlink: () => undefined,
    parameter: () => undefined,
    packetFilter: () => undefined,
  });
  withDatabase((other) => assertEquals(answers(other, kernel), real));
  assertEquals(kernel.packetFilter().added(), []);
});

function answers(database: Database, standIn: PlannedKernel | undefined): unknown[] {
  const [a, b] = ["a", "b"].map((containerId): Side => {
    const context = Object.assign(fakeContext(database, { containerId }), standIn && { standIn });
    return { context, functions: createFirewall(context) };
  });
  const told = steps.map((step) => {
    try {
      return { step: String(step), answer: step(a!, b!) };
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      return { step: String(step), error: error.payload };
    }
  });
  return [...told, a!.context.changes, b!.context.changes];
}
