// What a node in memory forwards against what the kernel does: the same calls, by two attachments, on both.

import { assertEquals } from "@std/assert";
import type * as Forwarding from "cnidaria:cni/forwarding@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { firewallTest } from "../firewall/testing/with_firewall.ts";
import { forwardingDifferences, redoForwardingChange } from "../forwarding/drift.ts";
import { createForwarding } from "../forwarding/mod.ts";
import { type ForwardingChange, undoForwardingChange } from "../forwarding/undo.ts";
import { Reading } from "../reading.ts";
import type { Database } from "../state/database.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { PlannedKernel } from "./kernel.ts";

/** One of two attachments, `a` and `b`. */
interface Side {
  readonly functions: typeof Forwarding;
  readonly context: HostContext & { readonly changes: Change[] };
}
type Step = (a: Side, b: Side) => unknown;

const changes = ({ context }: Side) => context.changes as ForwardingChange[];
const differences = (it: Side) =>
  changes(it).flatMap((change) => forwardingDifferences(new Reading(it.context), change));

const steps: readonly Step[] = [
  (a) => a.functions.probe(true),
  (a) => [a.functions.inForce(), a.functions.inUse()],
  (a) => a.functions.admit({ address: "10.1.0.5" }),
  (_, b) => b.functions.inUse(),
  (a) => a.functions.admit({ address: "FD00:0::5", adminChain: "mine" }),
  (a) => a.functions.confine({ link: "cni0", ingress: "same-bridge" }),
  (_, b) => b.functions.confine({ link: "cni0", ingress: "isolated" }),
  (_, b) => b.functions.isolatePort("veth2"),
  (a) => a.functions.inForce(),
  (_, b) => b.functions.inForce(),
  (a) => differences(a),
  (a) => a.functions.admit({ address: "10.1.0.5", adminChain: "mine" }),
  (a) => undoForwardingChange(a.context, changes(a).at(-1)!),
  (a) => a.functions.inForce(),
  (_, b) => b.functions.release(),
  (_, b) => b.functions.inForce(),
  (a) => a.functions.inForce(),
  (_, b) => differences(b),
  (_, b) => changes(b).forEach((change) => redoForwardingChange(b.context, change)),
  (_, b) => b.functions.inForce(),
  (a) => a.functions.admit({ address: "10.1.0" }),
  (a) => a.functions.admit({ address: "10.1.0.5", adminChain: "no chain" }),
  (a) => a.functions.confine({ link: "a name that is too long", ingress: "isolated" }),
  (a) => a.functions.release(),
  (_, b) => b.functions.release(),
  (_, b) => b.functions.release(),
  (a) => a.functions.inUse(),
];

firewallTest("a node in memory answers about forwarding as the kernel does", (database) => {
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
    return { context, functions: createForwarding(context) };
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
