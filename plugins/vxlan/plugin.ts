// vxlan: a tunnel to every other node. A peer needs a route, a neighbour entry and a forwarding entry.

import type { LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import * as log from "cnidaria:cni/log@0.3.0";
import { isNeighbor, type OwnNode, ownNode, readPeer, refused, writeAddress } from "../sdk/controller/mod.ts";
import { defineController, parseObject } from "../sdk/mod.ts";
import { deviceMac, deviceMtu, deviceName, readConfig, type VxlanConfig } from "./config.ts";
import { readVtep, writeVtep } from "./vtep.ts";

export const controller = defineController({
  prepare(text, node) {
    const { config, own, device, mac } = read(text, node);
    const { vni, port, gbp, learning } = config;
    const mtu = deviceMtu(config, node, own);
    if (config.mtu > node.underlayMtu) {
      log.write("warn", `Backend.MTU is ${config.mtu}, but ${node.underlay} carries ${node.underlayMtu} bytes at most`);
    }
    const local = writeAddress(own.publicIp);
    return {
      device: { name: device, vni, port, local, parent: node.underlay, mtu, mac, learning, gbp },
      // Not with the prefix of the subnet: that would be a route to all of it.
      addresses: [{ link: device, cidr: `${own.subnet.base}/${node.family === "ipv4" ? 32 : 128}` }],
      podMtu: mtu,
      backendData: writeVtep(vni, mac),
    } satisfies NodePlan;
  },

  reconcile(text, node, peers) {
    const known = read(text, node);
    return peers.map((peer) => planFor(peer, known));
  },
});

interface Known {
  readonly config: VxlanConfig;
  readonly own: OwnNode;
  /** Name of the device. */
  readonly device: string;
  readonly mac: string;
}

function read(text: string, node: LocalNode): Known {
  const network = parseObject(text);
  const config = readConfig(network);
  const own = ownNode(network, node);
  const device = deviceName(config.vni, node.family);
  return { config, own, device, mac: deviceMac(device, node) };
}

function planFor(peer: Peer, { config, own, device, mac: ownMac }: Known): PeerPlan {
  const sound = readPeer(peer, own, "vxlan");
  if (typeof sound === "string") return refused(peer, sound);
  const vtep = readVtep(peer.backendData, config.vni);
  if (typeof vtep === "string") return refused(peer, vtep);
  const { mac } = vtep;
  if (mac === ownMac) {
    return refused(peer, `its device has the MAC of this node's, ${mac}: was one machine copied from the other?`);
  }
  const { subnet: { base, cidr: dst }, address, publicIp } = sound;
  if (config.directRouting && isNeighbor(own, address)) {
    return { routes: [{ dst, gateway: publicIp, link: own.underlay, onlink: false }], neighbors: [], fdb: [] };
  }
  return {
    routes: [{ dst, gateway: base, link: device, onlink: true }],
    neighbors: [{ address: base, mac, link: device }],
    fdb: [{ mac, dst: publicIp, link: device }],
  };
}
