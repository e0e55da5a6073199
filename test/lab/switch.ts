// The network between a cluster's nodes: one bridge for each segment, in a namespace of their own that also routes
// between the segments.

import type { Namespace } from "./namespace.ts";
import { type Addresses, addressesOf, ROUTER_HOST, type Underlay } from "./underlay.ts";

/** Turns a new namespace into the switch. */
export async function makeSwitch(namespace: Namespace, underlay: Underlay, segments: number): Promise<void> {
  await namespace.ip("link set lo up");
  await namespace.must(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
  for (let segment = 0; segment < segments; segment++) {
    await namespace.ip(`link add ${bridgeOf(segment)} type bridge forward_delay 0 mcast_snooping 0`);
    await configure(namespace, bridgeOf(segment), addressesOf(underlay, segment, ROUTER_HOST));
  }
}

/** Plugs a namespace in: `eth0` inside, a port named `port` on the segment's bridge. */
export async function plug(
  on: Namespace,
  namespace: Namespace,
  port: string,
  underlay: Underlay,
  segment: number,
  host: number,
): Promise<Addresses> {
  const addresses = addressesOf(underlay, segment, host);
  const router = addressesOf(underlay, segment, ROUTER_HOST);
  await on.must(
    ["ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace.path],
  );
  await on.ip(`link set ${port} master ${bridgeOf(segment)} up`);
  await namespace.ip("link set lo up");
  await configure(namespace, "eth0", addresses);
  await namespace.ip(`route add default via ${router.ipv4}`);
  await namespace.ip(`-6 route add default via ${router.ipv6}`);
  return addresses;
}

async function configure(namespace: Namespace, link: string, addresses: Addresses): Promise<void> {
  const { ipv4, ipv6, length4, length6 } = addresses;
  await namespace.ip(`address add ${ipv4}/${length4} dev ${link}`);
  await namespace.ip(`address add ${ipv6}/${length6} dev ${link} nodad`);
  await namespace.ip(`link set ${link} up`);
}

function bridgeOf(segment: number): string {
  return `segment${segment}`;
}
