// Moving a link of the host into a container, and back. The kernel takes its addresses and routes, and sets it down. Its
// alias says what it was called, as upstream's host-device has it: so it is found again whatever it is called by then.

import type { Device, Link } from "cnidaria:cni/links@0.3.0";
import type { LinkAttributes } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { FAMILIES, listTable } from "../routes/find.ts";
import { type Hop, MAIN_TABLE } from "../routes/route_message.ts";
import { EEXIST, hostCallError } from "../sys/errno.ts";
import { orTakeBack } from "../take_back.ts";
import { findDevice } from "./device.ts";
import {
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_NET_NS_FD,
  type LinkDescription,
  linkMessage,
  RTM_NEWLINK,
} from "./link_message.ts";
import { checkLinkName, findLink, linkOfIndex, listLinks, needLink, place, toLink } from "./look_up.ts";
import { moveBack, type Moved } from "./move_back.ts";
import { readVxlan } from "./vxlan_message.ts";

/** Their IFLA_LINK is the other end, which carries on wherever this one is. */
const PAIRS: readonly string[] = ["veth", "netkit", "vxcan"];

/** See `move-to-container` of the contract. */
export function moveToContainer(context: HostContext, device: Device, containerName: string): Link {
  checkLinkName(containerName);
  const link = findDevice(context, device);
  refuseFatal(context, link);
  const container = context.netlink("container");
  if (findLink(container, "container", containerName)) {
    throw new HostCallError(
      "exists",
      `Cannot move ${place("host", link.name)} to ${place("container", containerName)} as that exists already`,
      EEXIST,
    );
  }
  const { name, index, kind, alias, up, mtu, mac, promisc, allmulti, queueLength } = link;
  const before: LinkAttributes = { up, mtu, mac, promisc, allmulti, queueLength };
  const change: Moved = {
    kind: "link-moved",
    name,
    containerName,
    linkKind: kind,
    index,
    ...alias === undefined ? {} : { alias },
    before,
  };
  context.record(change);
  return orTakeBack(context, () => move(context, change), (quiet) => moveBack(quiet, change));
}

/** Moves what is to be moved: also for moving it again. */
export function move(context: HostContext, { name, containerName, index }: Moved): Link {
  try {
    // One message, so that nobody on the host sees it by another name. Where the container has a link of its old name the
    // kernel gives it the new one at once.
    context.netlink("host").request(
      linkMessage(RTM_NEWLINK, { index })
        .attrU32(IFLA_NET_NS_FD, context.namespace("container").fd)
        .string(IFLA_IFNAME, containerName)
        .bytes(IFLA_IFALIAS, new TextEncoder().encode(name)),
    );
  } catch (error) {
    throw hostCallError(`move ${place("host", name)} to ${place("container", containerName)}`, error);
  }
  const container = context.netlink("container");
  return toLink(container, "container", needLink(context, "container", containerName, "look up"));
}

/**
 * What the node, or others on it, would lose is no device to give away.
 *
 * @throws {HostCallError} `invalid`
 */
export function refuseFatal(context: HostContext, link: LinkDescription): void {
  const refuse = (why: string): never => {
    throw new HostCallError("invalid", `Cannot move ${place("host", link.name)} into a container as ${why}`);
  };
  if (link.kind === "loopback") refuse("it is the loopback link");
  if (link.kind === "bridge") refuse("it is a bridge: those stay in their namespace");
  if (link.masterIndex !== undefined) {
    const master = linkOfIndex(context.netlink("host"), "host", link.masterIndex)?.name ?? `link ${link.masterIndex}`;
    refuse(
      `it is a port of ${master}, which would lose it: take it out first, with: ip link set ${link.name} nomaster`,
    );
  }
  const child = listLinks(context.netlink("host"), "host").find((it) => parentOf(it) === link.index);
  if (child !== undefined) {
    const { name, kind } = child;
    refuse(
      `${name}, a ${
        kind || "link"
      } on it, stays on the host and would be cut off: name another device, or delete that ` +
        `link first, with: ip link del ${name}`,
    );
  }
  // Of several ways each is one that the node may go by at the moment.
  const way = FAMILIES.flatMap((family) => listTable(context, "host", family, MAIN_TABLE))
    .filter((route) => route.dst.endsWith("/0"))
    .flatMap<Partial<Hop>>((route) => route.hops ?? [route])
    .find((it) => it.linkIndex === link.index);
  if (way === undefined) return;
  const via = way.gateway === undefined ? "" : ` via ${way.gateway}`;
  refuse(`the node's default route${via} goes by it, and the node would be cut off: name another device`);
}

/** Index of the link of the same namespace that a link is on, as a VLAN device is; undefined where it is on none. */
function parentOf(link: LinkDescription): number | undefined {
  if (link.peerElsewhere || PAIRS.includes(link.kind)) return undefined;
  return readVxlan(link)?.parent ?? link.peerIndex;
}
