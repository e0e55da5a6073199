// What is forwarded against what was set, and setting it again.

import type { HostContext } from "../context.ts";
import { putElement, valueOf, valuesOf } from "../firewall/elements.ts";
import { packetFilter, readOnce } from "../firewall/packet_filter.ts";
import type { Reading } from "../reading.ts";
import { transaction } from "../state/database.ts";
import { isInForce, setForwarding } from "./rules.ts";
import type { ForwardingKind } from "./table.ts";
import type { ForwardingChange } from "./undo.ts";

const WORDS: Readonly<Record<ForwardingKind, string>> = {
  "forwarded-pod": "admission of",
  "confined-link": "confinement of",
  "isolated-port": "isolation of port",
};

/** `confinement of cni0 is gone from the packet filter`. */
export function forwardingDifferences(now: Reading, change: ForwardingChange): string[] {
  if (change.kind === "forwarding-released") return [];
  const { element: kind, key, value } = change;
  const { context } = now;
  const database = context.database();
  const text = `${WORDS[kind]} ${key}`;
  const found: string[] = [];
  if (!isInForce(readOnce(now), kind, key, [...valuesOf(database, kind, key), value])) {
    found.push(`${text} is gone from the packet filter`);
  }
  if (valueOf(database, context.attachment, kind, key) !== value) found.push(`${text} is gone from the node's state`);
  return found;
}

/** In the state and in the kernel, whichever lacks it. */
export function redoForwardingChange(context: HostContext, change: ForwardingChange): void {
  if (change.kind === "forwarding-released") return;
  const { element: kind, key, value } = change;
  const database = context.database();
  transaction(database, () => {
    putElement(database, context.attachment, { kind, key, value });
    setForwarding(database, packetFilter(context), { kind, key, value });
  });
}
