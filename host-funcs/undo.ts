// Taking changes back. What is gone already, or is as it was before, counts as taken back: an undo can be repeated.

import type { Change } from "./change.ts";
import type { HostContext } from "./context.ts";
import { HostCallError } from "./error.ts";
import { withoutRecording } from "./take_back.ts";
import { undoAddressChange } from "./addresses/undo.ts";
import { undoFirewallChange } from "./firewall/undo.ts";
import { undoForwardingChange } from "./forwarding/undo.ts";
import { undoLeaseChange } from "./leases/undo.ts";
import { undoLinkChange } from "./links/undo.ts";
import { undoNeighborChange } from "./neighbors/undo.ts";
import { undoNoteChange } from "./notes/undo.ts";
import { undoPortMapsChange } from "./port-maps/undo.ts";
import { undoRouteChange } from "./routes/undo.ts";
import { undoRuleChange } from "./rules/undo.ts";
import { undoSysctlChange } from "./sysctl/undo.ts";
import { undoLimit } from "./traffic-control/undo.ts";

/**
 * Takes one change back. Those of a call are taken back from the last to the first. Nothing is recorded by it.
 *
 * @param context its attachment is the one that the change was made for
 * @param ofEarlierBoot whether it was made before the node's last boot: nothing of it is in the kernel
 * @throws {HostCallError} where the kernel or the store refused
 */
export function undo(context: HostContext, change: Change, ofEarlierBoot = false): void {
  const quiet = withoutRecording(context);
  try {
    dispatch(quiet, change, ofEarlierBoot);
  } catch (error) {
    if (error instanceof HostCallError && (error.code === "not-found" || error.code === "exists")) return;
    throw error;
  }
}

function dispatch(context: HostContext, change: Change, ofEarlierBoot: boolean): void {
  switch (change.kind) {
    case "link-created":
    case "link-moved":
    case "link-changed":
    case "link-deleted":
    case "vlans-added":
    case "vlans-removed":
      return undoLinkChange(context, change);
    case "address-added":
    case "address-removed":
      return undoAddressChange(context, change);
    case "route-added":
    case "route-removed":
      return undoRouteChange(context, change);
    case "rule-added":
    case "rule-removed":
      return undoRuleChange(context, change);
    case "neighbor-set":
    case "neighbor-removed":
    case "fdb-set":
    case "fdb-removed":
      return undoNeighborChange(context, change);
    case "sysctl-set":
      return undoSysctlChange(context, change);
    case "lease-acquired":
    case "lease-released":
      return undoLeaseChange(context, change);
    case "masquerade-added":
    case "mac-check-added":
    case "isolation-added":
    case "firewall-released":
      return undoFirewallChange(context, ofEarlierBoot ? alone(change) : change);
    case "port-maps-added":
    case "port-maps-released":
      return undoPortMapsChange(context, change, ofEarlierBoot);
    case "forwarding-set":
    case "forwarding-released":
      return undoForwardingChange(context, ofEarlierBoot ? alone(change) : change);
    case "limit-added":
      return undoLimit(context, change);
    case "note-put":
      return undoNoteChange(context, change);
    default:
      return unknownChange(change);
  }
}

/** Without what the attachment had before, which was made in that boot too. */
function alone<C extends Change>(change: C): C {
  const { before: _, ...rest } = change as C & { before?: unknown };
  return rest as unknown as C;
}

/** The journal may be of a later version of the program. */
function unknownChange(change: never): never {
  throw new HostCallError(
    "unsupported",
    `Cannot take a change back as its kind is unknown to this version: ${JSON.stringify(change)}`,
  );
}
