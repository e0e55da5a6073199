// What the ledger takes back, in a sentence.

import type { Change } from "../../../host-funcs/change.ts";
import { place, routeText } from "./describe_call.ts";

/** The undo of a change. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case "link-created":
      return `delete ${place(change.ns, change.name)}`;
    case "route-added":
      return `remove route ${routeText(change.route)} ${place(change.ns, "").trim()}`;
    case "lease-acquired":
      return `release ${change.address}`;
    case "masquerade-added":
      return `end the masquerade of ${change.source}`;
    case "mac-check-added":
      return `end the MAC check of ${change.link}`;
    case "fdb-set":
      return `remove forwarding entry ${change.mac} of ${place("host", change.link)}`;
    default:
      return `take back ${JSON.stringify(change)}`;
  }
}
