// The way from a pod to a port of the node and back to the same pod. A bridge asks the packet filter itself where
// bridge-nf-call-iptables is 1, the kernel's default. It then finds the frame's new destination behind the port that the
// frame came from, and drops it unless that port is in hairpin mode.

import { listAddresses } from "../addresses/mod.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { findLink, linkOfIndex, listLinks } from "../links/look_up.ts";
import { setLink } from "../links/set.ts";
import { withoutRecording } from "../take_back.ts";

/**
 * The ports of bridges that lead to these addresses of the pod, and are not in hairpin mode yet. Not where the bridge is
 * promiscuous: that and hairpin mode would double frames.
 */
export function portsToReflect(context: HostContext, addresses: readonly string[]): string[] {
  return portsOf(context, new Set(addresses)).filter(({ port }) => port?.hairpin === false).flatMap((port) => {
    const bridge = linkOfIndex(context.netlink("host"), "host", port.masterIndex!);
    if (bridge?.promisc !== true) return [port.name];
    context.log("warn", `The pod cannot reach its own ports by the node: bridge ${bridge.name} is promiscuous`);
    return [];
  });
}

/** Sets the mode of ports, as far as they are there. What records the maps records this. */
export function setReflected(context: HostContext, ports: readonly string[], hairpin: boolean): void {
  for (const name of ports) {
    if (modeOf(context, name) !== undefined) setLink(withoutRecording(context), "host", name, { hairpin });
  }
}

/** `hairpin mode of veth1a2b3c4d is off, not on`; what is no port any more is missed by who made it one. */
export function reflectionDifferences(context: HostContext, ports: readonly string[]): string[] {
  return ports.filter((name) => modeOf(context, name) === false)
    .map((name) => `hairpin mode of ${name} is off, not on`);
}

function modeOf(context: HostContext, name: string): boolean | undefined {
  return findLink(context.netlink("host"), "host", name)?.port?.hairpin;
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
