// Takes changes of what is forwarded back, in the state and in the kernel, whichever of them has it.

import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { putElement, removeElement } from "../firewall/elements.ts";
import { packetFilter } from "../firewall/packet_filter.ts";
import { transaction } from "../state/database.ts";
import { clearForwarding, dropUnusedForwarding, setForwarding } from "./rules.ts";

/** A change that `undoForwardingChange` knows. */
export type ForwardingChange = Extract<Change, { kind: "forwarding-set" | "forwarding-released" }>;

/** Nothing to do is success. A release is final. */
export function undoForwardingChange(context: HostContext, change: ForwardingChange): void {
  if (change.kind === "forwarding-released") return;
  const { element: kind, key, value, before } = change;
  const database = context.database();
  const filter = packetFilter(context);
  transaction(database, () => {
    if (before === undefined) removeElement(database, context.attachment, kind, key);
    else {
      putElement(database, context.attachment, { kind, key, value: before });
      setForwarding(database, filter, { kind, key, value: before });
    }
    if (before !== value) clearForwarding(database, filter, { kind, key, value });
    dropUnusedForwarding(database, filter);
  });
}
