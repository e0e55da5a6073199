// host-gw: a route by every other node, which has to be on the same link.

import type { LocalNode, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { isNeighbor, isSameFamily, type OwnNode, ownNode, readPeer, refused } from "../sdk/controller/mod.ts";
import { CniError, defineController, ErrorCodes, parseObject } from "../sdk/mod.ts";

export const controller = defineController({
  prepare(text, node) {
    const own = read(text, node);
    if (!isSameFamily(own.subnet.first, own.publicIp)) {
      throw new CniError(
        ErrorCodes.invalidConfig,
        `Cannot route subnet ${node.subnet} of node ${node.name} by its public address as that is of the other family: ` +
          node.publicIp,
      );
    }
    return { addresses: [], podMtu: node.underlayMtu, backendData: "" };
  },

  reconcile(text, node, peers) {
    const own = read(text, node);
    return peers.map((peer) => planFor(peer, own));
  },
});

function read(text: string, node: LocalNode): OwnNode {
  return ownNode(parseObject(text), node);
}

function planFor(peer: Peer, own: OwnNode): PeerPlan {
  const sound = readPeer(peer, own, "host-gw");
  if (typeof sound === "string") return refused(peer, sound);
  const { subnet: { cidr: dst }, address, publicIp: gateway } = sound;
  if (!isNeighbor(own, address)) {
    return refused(
      peer,
      `its public address ${gateway} is not on the link ${own.underlay} of this node, and host-gw has no other way: ` +
        'set "Backend.Type" to "vxlan", with "DirectRouting" for the nodes that are on one link',
    );
  }
  const route = { dst, gateway, link: own.underlay, onlink: false };
  return { routes: [route], neighbors: [], fdb: [] };
}
