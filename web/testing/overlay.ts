// An overlay with many peers that never were.

import type { PeerStatus } from "../../runtime/cluster/peers.ts";
import type { ClusterStatus } from "../../runtime/cluster/status.ts";

/** By VXLAN, in 10.0.0.0/8: this node has 10.1.0.0/16, peers have a /24 each from 10.2.0.0 on. Every tenth has failed. */
export function overlayOf(count: number): ClusterStatus {
  const peers = Array.from({ length: count }, (_, at): PeerStatus => {
    const place = `${2 + (at >> 8)}.${at & 255}`;
    const peer = {
      name: `peer-${at}`,
      family: "ipv4" as const,
      subnet: `10.${place}.0/24`,
      publicIp: `172.16.${place}`,
    };
    return at % 10 === 9
      ? { ...peer, state: "failed", why: "Cannot add a route as the network is unreachable." }
      : { ...peer, state: "connected" };
  });
  return {
    node: "node-1",
    store: { kind: "kubernetes", where: "https://10.96.0.1" },
    backend: "vxlan",
    families: [{
      ...{ family: "ipv4", subnet: "10.1.0.0/16", publicIp: "172.16.0.1", underlay: "ens3" },
      ...{ device: "flannel.1", podMtu: 1450 },
    }],
    peers,
    repairs: 0,
    repaired: 0,
  };
}
