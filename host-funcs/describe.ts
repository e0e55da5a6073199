// What a change has made, for a person.

import type { Change } from "./change.ts";
import { canonicalMaps, describePort, targetOf } from "./port-maps/port_map.ts";
import { at } from "./reading.ts";
import { ruleText } from "./rules/text.ts";
import { rateText } from "./traffic-control/token_bucket.ts";

/** What an attachment owns, in the order in which it is told. */
export const SORTS = [
  "links",
  "addresses",
  "routes",
  "rules",
  "neighbors",
  "forwarding entries",
  "limits",
  "firewall",
  "kernel parameters",
  "leases",
  "notes",
] as const;
export type Sort = typeof SORTS[number];

/**
 * @returns what is there because of the change: `{ sort: "addresses", text: "10.1.0.5/24 of eth0 (container)" }`; undefined
 * where it has only taken something away
 */
export function describe(change: Change): { sort: Sort; text: string } | undefined {
  switch (change.kind) {
    case "link-created": {
      const { ns, name, linkKind, peer } = change;
      const other = peer === undefined ? "" : ` with ${at(peer.ns, peer.name)}`;
      return { sort: "links", text: `${at(ns, name)}: ${linkKind}${other}` };
    }
    case "link-moved":
      return { sort: "links", text: `${at("container", change.containerName)}: ${change.name} of the host` };
    case "link-changed": {
      const text = Object.entries(change.after ?? {}).map(([key, value]) => `${key} ${word(value)}`).join(", ");
      return text === "" ? undefined : { sort: "links", text: `${at(change.ns, change.name)}: ${text}` };
    }
    case "vlans-added": {
      const ranges = change.vlans.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`);
      return { sort: "links", text: `${at("host", change.name)}: VLAN ${ranges.join(", ")}` };
    }
    case "address-added":
      return { sort: "addresses", text: `${change.cidr} of ${at(change.ns, change.link)}` };
    case "route-added": {
      const { dst, gateway, link, table } = change.route;
      const way = (gateway === undefined ? "" : ` via ${gateway}`) + (link === undefined ? "" : ` by ${link}`);
      return { sort: "routes", text: `${dst}${way}${table === undefined ? "" : ` in table ${table}`} (${change.ns})` };
    }
    case "rule-added":
      return { sort: "rules", text: `${ruleText(change.rule)} (${change.ns})` };
    case "neighbor-set": {
      const mac = change.mac === undefined ? "" : ` is ${change.mac}`;
      return { sort: "neighbors", text: `${change.address}${mac} on ${at(change.ns, change.link)}` };
    }
    case "fdb-set": {
      const remote = change.dst === undefined ? "" : ` to ${change.dst}`;
      return { sort: "forwarding entries", text: `${change.mac}${remote} on ${at("host", change.link)}` };
    }
    case "sysctl-set":
      if (change.value === undefined) return undefined;
      return { sort: "kernel parameters", text: `${change.key} (${change.ns}) is ${change.value}` };
    case "lease-acquired":
      return { sort: "leases", text: `${change.address}${change.store === "" ? "" : ` in ${change.store}`}` };
    case "masquerade-added":
      return { sort: "firewall", text: `masquerade ${change.source} but for ${change.local.join(", ") || "nothing"}` };
    case "mac-check-added":
      return { sort: "firewall", text: `only MAC ${change.mac} by ${at("host", change.link)}` };
    case "isolation-added": {
      const until = change.closed ? "until its network policies are in force" : "not";
      return { sort: "firewall", text: `${change.address} isolated: ${until}` };
    }
    case "port-maps-added": {
      const ports = canonicalMaps(change.maps).map((map) => `${describePort(map)} to ${targetOf(map)}`);
      return { sort: "firewall", text: ports.join(", ") };
    }
    case "forwarding-set":
      return { sort: "firewall", text: forwardingText(change) };
    case "limit-added": {
      const way = change.direction === "to-container" ? "to the container" : "from the container";
      const by = change.ifb === undefined ? "" : ` on ${change.ifb}`;
      return { sort: "limits", text: `${rateText(change.rate)} ${way} by ${at("host", change.link)}${by}` };
    }
    case "note-put":
      return { sort: "notes", text: change.key };
    case "link-deleted":
    case "vlans-removed":
    case "address-removed":
    case "route-removed":
    case "rule-removed":
    case "neighbor-removed":
    case "fdb-removed":
    case "lease-released":
    case "firewall-released":
    case "port-maps-released":
    case "forwarding-released":
      return undefined;
    default:
      return unknown(change);
  }
}

/** `10.1.0.5 by chain admin`, `cni0 isolated`, `port veth1 isolated`. */
export function forwardingText({ element, key, value }: Extract<Change, { kind: "forwarding-set" }>): string {
  if (element === "forwarded-pod") return `${key} by chain ${value}`;
  return element === "confined-link" ? `${at("host", key)}: ingress ${value}` : `port ${at("host", key)} isolated`;
}

/** The ledger may be of a later version of the program. */
function unknown(_change: never): undefined {
  return undefined;
}

function word(value: unknown): string {
  return value === true ? "on" : value === false ? "off" : String(value);
}
