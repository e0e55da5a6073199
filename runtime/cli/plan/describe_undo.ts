// What the host takes back by itself, in a sentence.

import type { Change } from "../../../host-funcs/change.ts";
import { forwardingText } from "../../../host-funcs/describe.ts";
import { ruleText } from "../../../host-funcs/rules/text.ts";
import { place, portText, routeText } from "./describe_call.ts";

const ATTRIBUTES: Readonly<Record<string, string>> = { mtu: "MTU", mac: "MAC", queueLength: "transmit queue length" };

/** The undo of a change. */
export function describeUndo(change: Change): string {
  switch (change.kind) {
    case "link-created":
      return `delete ${place(change.ns, change.name)}`;
    case "link-moved":
      return `move ${place("container", change.containerName)} back to ${place("host", change.name)}`;
    case "route-added":
      return `remove route ${place(change.ns, routeText(change.route))}`;
    case "rule-added":
      return `remove rule ${place(change.ns, ruleText(change.rule))}`;
    case "lease-acquired":
      return `release ${change.address}`;
    case "masquerade-added":
      return `end the masquerade of ${change.source}`;
    case "mac-check-added":
      return `end the MAC check of ${change.link}`;
    case "limit-added":
      return `end the limit of what goes ${change.direction.replace("-", " the ")} by ${place("host", change.link)}`;
    case "isolation-added":
      return `end the isolation of ${change.address}`;
    case "port-maps-added":
      return `end the map of ${portText(change.maps)}`;
    case "forwarding-set":
      return `no more ${forwardingText(change)}`;
    case "fdb-set":
      return `remove forwarding entry ${change.mac} of ${place("host", change.link)}`;
    case "address-added":
      return `remove address ${change.cidr} from ${place(change.ns, change.link)}`;
    case "link-changed": {
      const { ns, name, before } = change;
      const values = Object.entries(before).map(([key, value]) => `${ATTRIBUTES[key] ?? key} ${value}`);
      return `set ${place(ns, name)} back: ${values.join(", ")}`;
    }
    case "sysctl-set":
      return `set kernel parameter ${change.key} ${place(change.ns, `back to ${change.before}`)}`;
    default:
      return `take back ${change.kind}: ${JSON.stringify(change)}`;
  }
}
