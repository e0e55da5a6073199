// Changes against what is there now, and making them again. Nothing that others have made is removed for it.

import type { Change } from "./change.ts";
import type { HostContext } from "./context.ts";
import { HostCallError } from "./error.ts";
import type { Reading } from "./reading.ts";
import { withoutRecording } from "./take_back.ts";
import { addressDifferences, redoAddressChange } from "./addresses/drift.ts";
import { firewallDifferences, redoFirewallChange } from "./firewall/drift.ts";
import { forwardingDifferences, redoForwardingChange } from "./forwarding/drift.ts";
import { leaseDifferences, redoLeaseChange } from "./leases/drift.ts";
import { linkDifferences, redoLinkChange } from "./links/drift.ts";
import { neighborDifferences, redoNeighborChange } from "./neighbors/drift.ts";
import { portMapsDifferences, redoPortMapsChange } from "./port-maps/drift.ts";
import { redoRouteChange, routeDifferences } from "./routes/drift.ts";
import { redoRuleChange, ruleDifferences } from "./rules/drift.ts";
import { redoSysctlChange, sysctlDifferences } from "./sysctl/drift.ts";
import { limitDifferences, redoLimit } from "./traffic-control/drift.ts";

/**
 * What is not as the change left it: clauses for a person, such as `address 10.1.0.5/24 of eth0 (container) is gone`.
 *
 * @param now its context's attachment is the one that the change was made for
 * @throws {HostCallError} where the kernel or the store cannot be read
 */
export function differencesOf(now: Reading, change: Change): string[] {
  switch (change.kind) {
    case "link-created":
    case "link-moved":
    case "link-changed":
    case "link-deleted":
    case "vlans-added":
    case "vlans-removed":
      return linkDifferences(now, change);
    case "address-added":
    case "address-removed":
      return addressDifferences(now, change);
    case "route-added":
    case "route-removed":
      return routeDifferences(now, change);
    case "rule-added":
    case "rule-removed":
      return ruleDifferences(now, change);
    case "neighbor-set":
    case "neighbor-removed":
    case "fdb-set":
    case "fdb-removed":
      return neighborDifferences(now, change);
    case "sysctl-set":
      return sysctlDifferences(now, change);
    case "lease-acquired":
    case "lease-released":
      return leaseDifferences(now, change);
    case "masquerade-added":
    case "mac-check-added":
    case "isolation-added":
    case "firewall-released":
      return firewallDifferences(now, change);
    case "port-maps-added":
    case "port-maps-released":
      return portMapsDifferences(now, change);
    case "forwarding-set":
    case "forwarding-released":
      return forwardingDifferences(now, change);
    case "limit-added":
      return limitDifferences(now, change);
    case "note-put":
      // What a plugin remembers is its own business.
      return [];
    default:
      return unknownChange("compare", change);
  }
}

/**
 * Makes a change again that `differencesOf` misses, by the functions that made it. Nothing is recorded: whoever knows
 * the change knows how to take it back.
 *
 * @throws {HostCallError} where it cannot be made again; the message says what to do
 */
export function redo(context: HostContext, change: Change): void {
  const quiet = withoutRecording(context);
  switch (change.kind) {
    case "link-created":
    case "link-moved":
    case "link-changed":
    case "link-deleted":
    case "vlans-added":
    case "vlans-removed":
      return redoLinkChange(quiet, change);
    case "address-added":
    case "address-removed":
      return redoAddressChange(quiet, change);
    case "route-added":
    case "route-removed":
      return redoRouteChange(quiet, change);
    case "rule-added":
    case "rule-removed":
      return redoRuleChange(quiet, change);
    case "neighbor-set":
    case "neighbor-removed":
    case "fdb-set":
    case "fdb-removed":
      return redoNeighborChange(quiet, change);
    case "sysctl-set":
      return redoSysctlChange(quiet, change);
    case "lease-acquired":
    case "lease-released":
      return redoLeaseChange(quiet, change);
    case "masquerade-added":
    case "mac-check-added":
    case "isolation-added":
    case "firewall-released":
      return redoFirewallChange(quiet, change);
    case "port-maps-added":
    case "port-maps-released":
      return redoPortMapsChange(quiet, change);
    case "forwarding-set":
    case "forwarding-released":
      return redoForwardingChange(quiet, change);
    case "limit-added":
      return redoLimit(quiet, change);
    case "note-put":
      return;
    default:
      return unknownChange("make", change);
  }
}

/** The ledger may be of a later version of the program. */
function unknownChange(verb: string, change: never): never {
  throw new HostCallError(
    "unsupported",
    `Cannot ${verb} a change as its kind is unknown to this version: ${JSON.stringify(change)}`,
  );
}
