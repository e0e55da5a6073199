// Undoes changes, the last first.

import type { Change } from "../../host-funcs/change.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { undo } from "../../host-funcs/undo.ts";
import type { Checkpoint } from "../plugin/checkpoint.ts";
import type { Trace } from "../plugin/trace.ts";
import { isSetting } from "./effect.ts";

/** What can undo; a fault test is told of each change before it is undone, the trace after that. */
type UndoContext = HostContext & { readonly checkpoint?: Checkpoint | undefined; readonly trace?: Trace | undefined };

/**
 * Undoes changes backwards. One that fails does not stop the others, and is in the context's log with its reason.
 *
 * @param ofEarlierBoot whether they were made before the node's last boot; then only those that outlive it
 * @returns those that are left to do, in their order. A setting of the container that cannot be put back is not among
 * them: nothing else depends on it, and it is no reason to keep the attachment of a container that is about to end.
 */
export function undoAll(context: UndoContext, changes: readonly Change[], ofEarlierBoot = false): Change[] {
  const open = ofEarlierBoot
    ? changes.filter(({ kind }) => DURABLE_KINDS.has(kind) || HALF_DURABLE_KINDS.has(kind))
    : changes;
  const left: Change[] = [];
  for (const change of open.toReversed()) {
    context.checkpoint?.(`undo ${change.kind}`);
    const start = performance.now();
    const reason = whyNot(() => undo(context, change, ofEarlierBoot));
    context.trace?.undone(change, performance.now() - start, reason);
    if (reason === undefined) continue;
    if (!isSetting(change) && (!ofEarlierBoot || DURABLE_KINDS.has(change.kind))) left.unshift(change);
    context.log("error", `Cannot undo ${change.kind} of ${place(context)}: ${reason}`);
  }
  return left;
}

/** @returns why it failed, if it did; a namespace that is gone took everything with it */
function whyNot(undo: () => void): string | undefined {
  try {
    undo();
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a reboot does not undo by itself. */
const DURABLE_KINDS: ReadonlySet<Change["kind"]> = new Set(["lease-acquired", "note-put"]);

/**
 * What a reboot undoes in the kernel, and not in the state, where it stands in the way of others. An attachment need not
 * stay for it: what the state has for nobody is collected.
 */
const HALF_DURABLE_KINDS: ReadonlySet<Change["kind"]> = new Set([
  "masquerade-added",
  "mac-check-added",
  "isolation-added",
  "port-maps-added",
  "forwarding-set",
]);

function place(context: HostContext): string {
  const { network, containerId, ifname } = context.attachment;
  return `${network}/${containerId}/${ifname}`;
}
