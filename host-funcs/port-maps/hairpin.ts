// The way from a pod to a port of the node and back to the same pod. A bridge asks the packet filter itself where
// bridge-nf-call-iptables is 1, the kernel's default. It then finds the frame's new destination behind the port that the
// frame came from, and drops it unless that port is in hairpin mode.

import { listAddresses } from "../addresses/mod.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { linkOfIndex, listLinks } from "../links/look_up.ts";
import { setLink } from "../links/set.ts";

/**
 * Has the bridge of pods' addresses send to the pod what came from it, if there is one. Not where the bridge is
 * promiscuous: that and hairpin mode would double frames.
 */
export function setHairpin(context: HostContext, addresses: readonly string[]): void {
  for (const port of portsOf(context, new Set(addresses))) {
    const bridge = linkOfIndex(context.netlink("host"), "host", port.masterIndex!);
    if (bridge?.promisc === true) {
      context.log("warn", `The pod cannot reach its own ports by the node: bridge ${bridge.name} is promiscuous`);
    } else setLink(context, "host", port.name, { hairpin: true });
  }
}

/** The ports of bridges that are the other ends of the container's links with these addresses. */
function portsOf(context: HostContext, addresses: ReadonlySet<string>): LinkDescription[] {
  return containerLinks(context).flatMap((link) => {
    if (link.kind !== "veth" || link.peerIndex === undefined) return [];
    const own = listAddresses(context, "container", link.name, link.index);
    if (!own.some(({ cidr }) => addresses.has(cidr.replace(/\/.*/, "")))) return [];
    const peer = linkOfIndex(context.netlink("host"), "host", link.peerIndex);
    // The other end may be in a third namespace, where the number is another link's.
    return peer?.port !== undefined && peer.peerIndex === link.index ? [peer] : [];
  });
}

function containerLinks(context: HostContext): LinkDescription[] {
  try {
    return listLinks(context.netlink("container"), "container");
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return [];
    throw error;
  }
}
