// What is forwarded against what was set, and setting it again.

import type { HostContext } from "../context.ts";
import { putElement, valueOf } from "../firewall/elements.ts";
import { type FilterReading, packetFilter } from "../firewall/packet_filter.ts";
import type { Reading } from "../reading.ts";
import { transaction } from "../state/database.ts";
import { claims, isInForce, setForwarding } from "./rules.ts";
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
  if (!isInForce(filterNow(now), kind, key, [...claims(database, kind, key), value])) {
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

/** An element is looked up by itself, as a set can be large; rules serve all pods, and are counted once. */
function filterNow(now: Reading): FilterReading {
  const filter = packetFilter(now.context);
  return {
    element: (at) => filter.element(at),
    countRules: (family, chain, table) =>
      now.shared("host", `rules ${family} ${table ?? ""} ${chain}`, () => filter.countRules(family, chain, table)),
  };
}
