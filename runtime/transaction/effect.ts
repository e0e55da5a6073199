// What changes come to: those that a later one took back are left out, and what belongs to the node and not to the
// attachment is told apart.

import type { Change } from "../../host-funcs/change.ts";

/** The changes that are still there, in their order. */
export function netEffect(changes: readonly Change[]): Change[] {
  const effect: Change[] = [];
  for (const change of changes) {
    const undone = undoneBy(change);
    if (undone === undefined) effect.push(change);
    else {
      const rest = effect.filter((earlier) => !undone(earlier));
      effect.splice(0, effect.length, ...rest);
    }
  }
  return effect;
}

/** @returns which earlier changes a change takes back, if it is of that sort */
function undoneBy(change: Change): ((earlier: Change) => boolean) | undefined {
  switch (change.kind) {
    case "link-deleted":
      return (it) =>
        (it.kind === "link-created" && it.ns === change.ns && it.name === change.name) ||
        (it.kind === "address-added" && it.ns === change.ns && it.link === change.name);
    case "address-removed":
      return (it) =>
        it.kind === "address-added" && it.ns === change.ns && it.link === change.link && it.cidr === change.cidr;
    case "route-removed":
      return (it) =>
        it.kind === "route-added" && it.ns === change.ns && it.route.dst === change.route.dst &&
        it.route.link === change.route.link && it.route.table === change.route.table;
    case "lease-released":
      return (it) => it.kind === "lease-acquired" && it.store === change.store && change.addresses.includes(it.address);
    case "firewall-released":
      return (it) => it.kind === "masquerade-added" || it.kind === "mac-check-added";
    case "link-changed":
      // Set down again.
      if (!isLoopback(change) || change.before.up !== true) return undefined;
      return (it) => it.kind === "link-changed" && isLoopback(it);
    default:
      return undefined;
  }
}

/** The one link of a container that goes only with it. */
function isLoopback(change: Extract<Change, { kind: "link-changed" }>): boolean {
  return change.ns === "container" && change.name === "lo";
}

/** Kinds of links that pods share: they stay when one of them goes. */
const SHARED_KINDS: ReadonlySet<string> = new Set(["bridge", "vxlan"]);

/**
 * Those that belong to the attachment alone, and go with it. Bridges, their addresses, kernel parameters and attributes
 * of links stay: other pods use them. What lies in the container's namespace, and is no link, goes with its link; `lo`
 * alone stays, and is set as it was.
 */
export function ownedBy(changes: readonly Change[]): Change[] {
  return netEffect(changes).filter((change) => {
    switch (change.kind) {
      case "link-changed":
        return isLoopback(change);
      case "link-created":
        return !SHARED_KINDS.has(change.linkKind);
      case "route-added":
        return change.ns === "host";
      case "lease-acquired":
      case "masquerade-added":
      case "mac-check-added":
      case "fdb-set":
        return true;
      case "neighbor-set":
        return change.ns === "host";
      default:
        return false;
    }
  });
}
