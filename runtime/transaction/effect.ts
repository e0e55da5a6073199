// What changes come to: those that a later one took back are left out, of several writes of one thing the last counts,
// and what belongs to the node and not to the attachment is told apart.

import type { Change, LinkAttributes, RouteValue, RuleValue } from "../../host-funcs/change.ts";
import { destinationOf } from "../../host-funcs/routes/find.ts";
import { MAIN_TABLE } from "../../host-funcs/routes/route_message.ts";
import { ruleText } from "../../host-funcs/rules/text.ts";
import { linkOf } from "../../host-funcs/sysctl/keys.ts";
import { lastWrite } from "./last_write.ts";

/** The changes that are still there, each where it was first made. */
export function netEffect(changes: readonly Change[]): Change[] {
  let effect: Change[] = [];
  for (const change of changes.flatMap(withAttributes)) {
    const undone = undoneBy(change);
    const rest = undone === undefined ? effect : effect.filter((earlier) => !undone(earlier));
    const tookBack = rest.length < effect.length;
    effect = rest;
    if (change.kind === "route-removed" ? tookBack : isRemoval(change)) continue;
    const same = effect.findIndex((earlier) => lastWrite(earlier, change) !== undefined);
    if (same === -1) effect.push(change);
    else effect[same] = lastWrite(effect[same]!, change)!;
  }
  return effect;
}

/** A link is made with attributes, which others may set later: they stand beside it. */
function withAttributes(change: Change): Change[] {
  if (change.kind !== "link-created") return [change];
  const { ns, name, linkKind, mac, mtu, master, peer } = change;
  const own: LinkAttributes = SHARED_KINDS.has(linkKind) ? { up: true } : {
    ...linkKind === "ifb" ? { up: true } : {},
    ...mtu === undefined ? {} : { mtu },
    ...mac === undefined ? {} : { mac },
    ...master === undefined ? {} : { master },
  };
  const others: LinkAttributes = {
    ...mtu === undefined ? {} : { mtu },
    ...peer?.mac === undefined ? {} : { mac: peer.mac },
  };
  return [change, ...attributes(ns, name, own), ...peer === undefined ? [] : attributes(peer.ns, peer.name, others)];
}

function attributes(ns: "host" | "container", name: string, after: LinkAttributes): Change[] {
  return Object.keys(after).length === 0 ? [] : [{ kind: "link-changed", ns, name, before: {}, after }];
}

/**
 * Whether only what it takes away counts of it. The removal of a route that someone else had made, as the kernel does
 * with an address, stays: the kernel may make it again.
 */
function isRemoval(change: Change): boolean {
  const { kind } = change;
  if (kind === "link-changed") return isDownAgain(change);
  return REMOVALS.has(kind);
}

const REMOVALS: ReadonlySet<Change["kind"]> = new Set(
  [
    "link-deleted",
    "address-removed",
    "rule-removed",
    "neighbor-removed",
    "fdb-removed",
    "lease-released",
    "firewall-released",
    "port-maps-released",
    "forwarding-released",
  ],
);

/** @returns which earlier changes a change takes back, if it is of that sort */
function undoneBy(change: Change): ((earlier: Change) => boolean) | undefined {
  switch (change.kind) {
    case "link-deleted":
      return (it) => isOf(it, change.ns, change.name);
    case "address-removed":
      return (it) =>
        it.kind === "address-added" && it.ns === change.ns && it.link === change.link && it.cidr === change.cidr;
    case "route-removed":
      return (it) =>
        it.kind === "route-added" && it.ns === change.ns && sameDestination(it.route, change.route) &&
        (change.route.gateway === undefined || it.route.gateway === change.route.gateway);
    case "route-added":
      return (it) =>
        it.kind === "route-removed" && it.ns === change.ns && sameDestination(it.route, change.route) &&
        it.route.gateway === change.route.gateway;
    case "rule-removed":
      return (it) => it.kind === "rule-added" && it.ns === change.ns && sameRule(it.rule, change.rule);
    case "neighbor-removed":
      return (it) =>
        it.kind === "neighbor-set" && it.ns === change.ns && it.link === change.link && it.address === change.address;
    case "fdb-removed":
      return (it) =>
        it.kind === "fdb-set" && it.link === change.link && it.mac === change.mac &&
        (change.dst === undefined || it.dst === change.dst);
    case "vlans-added":
      return (it) =>
        it.kind === "vlans-removed" && it.name === change.name &&
        it.vlans.every((old) => change.vlans.some(({ first, last }) => first <= old.first && old.last <= last));
    case "vlans-removed":
      return (it) =>
        it.kind === "vlans-added" && it.name === change.name &&
        it.vlans.every((old) => change.vlans.some(({ first, last }) => first <= old.first && old.last <= last));
    case "lease-released":
      return (it) => it.kind === "lease-acquired" && it.store === change.store && change.addresses.includes(it.address);
    case "firewall-released":
      return (it) => it.kind === "masquerade-added" || it.kind === "mac-check-added";
    case "port-maps-released":
      return (it) => it.kind === "port-maps-added";
    case "forwarding-released":
      return (it) => it.kind === "forwarding-set";
    case "link-changed":
      if (!isDownAgain(change)) return undefined;
      return (it) => it.kind === "link-changed" && isLoopback(it);
    default:
      return undefined;
  }
}

/** Whether a change is gone with the link. */
function isOf(change: Change, ns: string, name: string): boolean {
  switch (change.kind) {
    case "link-created":
    case "link-changed":
      return change.ns === ns && change.name === name;
    case "link-moved":
      return ns === "container" && change.containerName === name;
    case "address-added":
    case "neighbor-set":
      return change.ns === ns && change.link === name;
    case "route-added":
    case "route-removed":
      return change.ns === ns && change.route.link === name;
    case "sysctl-set":
      return change.ns === ns && linkOf(change.key) === name;
    case "fdb-set":
    case "limit-added":
      return ns === "host" && change.link === name;
    case "vlans-added":
    case "vlans-removed":
      return ns === "host" && change.name === name;
    default:
      return false;
  }
}

function sameDestination(a: RouteValue, b: RouteValue): boolean {
  return a.link === b.link && (a.table ?? MAIN_TABLE) === (b.table ?? MAIN_TABLE) &&
    (a.dst === b.dst || destinationOf(a) === destinationOf(b));
}

/** A rule is removed with the priority that it has, and may be added without one. */
function sameRule(added: RuleValue, removed: RuleValue): boolean {
  const { priority: _, ...unnamed } = removed;
  return ruleText(added) === ruleText(added.priority === undefined ? unnamed : removed);
}

/** The one link of a container that goes only with it. */
function isLoopback(change: Extract<Change, { kind: "link-changed" }>): boolean {
  return change.ns === "container" && change.name === "lo";
}

function isDownAgain(change: Extract<Change, { kind: "link-changed" }>): boolean {
  return isLoopback(change) && change.before.up === true;
}

/** Kinds of links that pods share: they stay when one of them goes. */
const SHARED_KINDS: ReadonlySet<string> = new Set(["bridge", "vxlan"]);

/**
 * Those that belong to the attachment alone, and go with it. Bridges, their addresses, and kernel parameters and
 * attributes of links on the host stay: other pods use them. What lies in the container's namespace, and is no link, goes
 * with its link; rules do not. A link there that these changes have not made, as `lo` or the one of a plugin before, is set as it was,
 * and so are the namespace's own parameters.
 */
export function ownedBy(changes: readonly Change[]): Change[] {
  const effect = netEffect(changes);
  const inside = new Set(effect.flatMap(inContainer));
  const outside = new Set(effect.flatMap((it) => it.kind === "link-created" && it.ns === "host" ? [it.name] : []));
  const owned = effect.filter((change) => {
    // A limit goes with its link, where that is the attachment's own.
    if (change.kind === "limit-added") return !outside.has(change.link);
    return isOwned(change) || isSetInContainer(change, inside);
  });
  // They are undone from the last to the first: an isolation goes after the link that its address is on.
  return owned.toSorted((a, b) => Number(isIsolation(b)) - Number(isIsolation(a)));
}

/** Names of links in the container that go with a change. */
function inContainer(change: Change): string[] {
  if (change.kind === "link-moved") return [change.containerName];
  if (change.kind !== "link-created") return [];
  return [change, ...change.peer === undefined ? [] : [change.peer]].flatMap(({ ns, name }) =>
    ns === "container" ? [name] : []
  );
}

/** Whether it has set something of the container that outlives the attachment. */
function isSetInContainer(change: Change, made: ReadonlySet<string>): boolean {
  if (!isSetting(change)) return false;
  if (change.kind === "sysctl-set") return !made.has(linkOf(change.key) ?? "");
  return !made.has(change.name) && Object.keys(change.before).length > 0;
}

/** Whether it has set an attribute of a link, or a parameter, in the container: nothing else depends on it. */
export function isSetting(change: Change): change is Extract<Change, { kind: "link-changed" | "sysctl-set" }> {
  if (change.kind === "sysctl-set") return change.ns === "container" && change.value !== undefined;
  return change.kind === "link-changed" && change.ns === "container" && !isLoopback(change);
}

function isIsolation(change: Change): boolean {
  return change.kind === "isolation-added";
}

function isOwned(change: Change): boolean {
  switch (change.kind) {
    case "link-changed":
      return isLoopback(change);
    case "link-created":
      // A veth pair with both ends on the host is the gateway of a VLAN.
      return !SHARED_KINDS.has(change.linkKind) && change.peer?.ns !== "host";
    case "route-added":
      return change.ns === "host";
    // Of all that is in the container's namespace, rules alone do not go with its link.
    case "rule-added":
    case "lease-acquired":
    case "masquerade-added":
    case "mac-check-added":
    case "isolation-added":
    case "port-maps-added":
    case "forwarding-set":
    case "fdb-set":
    case "limit-added":
    case "link-moved":
      return true;
    case "neighbor-set":
      return change.ns === "host";
    default:
      return false;
  }
}

/** What stays on the host when the attachment goes, since other pods use it: bridges, their addresses, parameters. */
export function sharedOf(changes: readonly Change[]): Change[] {
  const effect = netEffect(changes);
  const own = effect.flatMap((it) => it.kind === "link-created" && isOwned(it) ? [it.name] : []);
  return effect.filter((change) => {
    switch (change.kind) {
      case "link-created":
        return !isOwned(change);
      case "link-changed":
        return change.ns === "host" && !own.includes(change.name);
      case "address-added":
        return change.ns === "host" && !own.includes(change.link);
      case "sysctl-set":
        return change.ns === "host" && !own.includes(linkOf(change.key) ?? "");
      case "vlans-added":
      case "vlans-removed":
        return !own.includes(change.name);
      default:
        return false;
    }
  });
}
