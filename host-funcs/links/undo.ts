import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { vlanFilteringMessage } from "./bridge.ts";
import { deleteLink } from "./delete.ts";
import { findLink, listLinks } from "./look_up.ts";
import { moveBack } from "./move_back.ts";
import { setLink } from "./set.ts";
import { addVlans, removeVlans } from "./vlans.ts";

type LinkChange = Extract<
  Change,
  { kind: "link-created" | "link-moved" | "link-changed" | "link-deleted" | "vlans-added" | "vlans-removed" }
>;

/** Takes a change of a link back. A bridge that others have joined since is theirs as well, and stays as it is. */
export function undoLinkChange(context: HostContext, change: LinkChange): void {
  switch (change.kind) {
    case "link-created": {
      const netlink = context.netlink(change.ns);
      const own = findLink(netlink, change.ns, change.name);
      const link = own ?? (change.madeAs && findLink(netlink, change.ns, change.madeAs));
      if (!link || link.kind !== change.linkKind) return;
      if (change.linkKind === "bridge" && change.mac !== undefined && link.mac !== change.mac) return;
      if (isShared(context, change.ns, link.name)) return;
      return deleteLink(context, change.ns, link.name);
    }
    case "link-moved":
      return moveBack(context, change);
    case "link-changed":
      return undoLinkChanged(context, change);
    case "link-deleted":
      return;
    case "vlans-added":
      return removeVlans(context, change.name, change.vlans);
    case "vlans-removed":
      return addVlans(context, change.name, change.vlans);
  }
}

function undoLinkChanged(context: HostContext, change: Extract<Change, { kind: "link-changed" }>): void {
  const { ns, name } = change;
  const { vlanFiltering, hairpin, isolated, ...before } = change.before;
  const netlink = context.netlink(ns);
  const link = findLink(netlink, ns, name);
  if (!link || isShared(context, ns, name)) return;
  // What was set of a port is gone if it is no port any more.
  const port = link.port || before.master
    ? { ...hairpin === undefined ? {} : { hairpin }, ...isolated === undefined ? {} : { isolated } }
    : {};
  setLink(context, ns, name, { ...before, ...port });
  if (vlanFiltering !== undefined) netlink.request(vlanFilteringMessage(link.index, vlanFiltering));
}

/**
 * Whether the link is a bridge of the host that has ports. Changes are taken back from the last to the first, so those
 * of the attachment in question are gone when its turn comes: they are other pods', which rely on the bridge.
 */
export function isShared(context: HostContext, ns: Ns, name: string): boolean {
  if (ns === "container") return false;
  const link = findLink(context.netlink(ns), ns, name);
  if (link?.kind !== "bridge") return false;
  return listLinks(context.netlink(ns), ns).some(({ masterIndex }) => masterIndex === link.index);
}
