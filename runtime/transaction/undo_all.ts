// Undoes changes, the last first.

import type { Change } from "../../host-funcs/change.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import type { Checkpoint } from "../plugin/checkpoint.ts";

/** What can undo; a fault test is told of each change before it is undone. */
type UndoContext = HostContext & { readonly checkpoint?: Checkpoint | undefined };

/**
 * Undoes changes backwards. One that fails does not stop the others. What can undo everything is loaded for it: a call
 * that succeeds does without.
 *
 * @returns the changes that could not be undone, in their order; each is in the context's log with its reason
 */
export async function undoAll(context: UndoContext, changes: readonly Change[]): Promise<Change[]> {
  if (changes.length === 0) return [];
  const { undo } = await import("../../host-funcs/undo.ts");
  const left: Change[] = [];
  for (const change of changes.toReversed()) {
    context.checkpoint?.(`undo ${change.kind}`);
    try {
      undo(context, change);
    } catch (error) {
      // A namespace that is gone took everything with it.
      if (error instanceof HostCallError && error.code === "not-found") continue;
      left.unshift(change);
      const reason = error instanceof Error ? error.message : String(error);
      context.log("error", `Cannot undo ${change.kind} of ${place(context)}: ${reason}`);
    }
  }
  return left;
}

/** What a reboot does not undo by itself. */
const DURABLE_KINDS: ReadonlySet<Change["kind"]> = new Set(["lease-acquired", "note-put"]);

/** The changes that outlive the kernel that they were made in. */
export function durable(changes: readonly Change[]): Change[] {
  return changes.filter((change) => DURABLE_KINDS.has(change.kind));
}

function place(context: HostContext): string {
  const { network, containerId, ifname } = context.attachment;
  return `${network}/${containerId}/${ifname}`;
}
