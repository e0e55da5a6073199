// Network configurations that several tests use.

import type { Attachment, Config } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";

/** The newest spec version that Debian's plugins know. */
export const VERSION = "1.0.0";

/** `bridge` with host-local on 10.22.0.0/24, as a gateway, leases below the node's directory. */
export function bridgeNetwork(node: Node, changes: Record<string, unknown> = {}): Config {
  return {
    cniVersion: VERSION,
    name: "blue",
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipam: hostLocal(node, ["10.22.0.0/24"]),
    ...changes,
  };
}

/** host-local with one range set for each subnet, and a default route for each family. */
export function hostLocal(node: Node, subnets: readonly string[], changes: Record<string, unknown> = {}) {
  const routes = subnets.map((subnet) => ({ dst: subnet.includes(":") ? "::/0" : "0.0.0.0/0" }));
  return {
    type: "host-local",
    ranges: subnets.map((subnet) => [{ subnet }]),
    routes,
    dataDir: node.leaseDirectory,
    ...changes,
  };
}

let containers = 0;

/** An attachment with a container id of its own. */
export function attachment(netns: Namespace, changes: Partial<Attachment> = {}): Attachment {
  return { containerId: `container-${++containers}`, ifname: "eth0", netns, ...changes };
}
