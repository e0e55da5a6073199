// The port of one container: a veth pair between the bridge and the container.

import * as links from "cnidaria:cni/links@0.3.0";
import * as firewall from "cnidaria:cni/firewall@0.3.0";
import * as sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { attempt, isHostError, unlessHostError } from "../sdk/mod.ts";
import { type BridgeConfig, requestedMac } from "./config.ts";
import { portVlans } from "./vlan_trunk.ts";

/** The bridge, made if need be; it takes no router advertisements, since its routes are ours. */
export function ensureBridge(config: BridgeConfig): links.Link {
  const name = config.bridge;
  const bridge = attempt(`make bridge ${name}`, () =>
    links.ensureBridge(name, {
      ...config.mtu === 0 ? {} : { mtu: config.mtu },
      vlanFiltering: usesVlans(config),
      defaultVlan: true,
    }));
  attempt(`stop bridge ${name} from taking router advertisements`, () => {
    unlessHostError(["not-found"], () => sysctl.set("host", `net/ipv6/conf/${name}/accept_ra`, "0"));
  });
  if (config.promiscMode && !bridge.promisc) {
    attempt(`make bridge ${name} promiscuous`, () => links.set("host", name, { promisc: true }));
  }
  return bridge;
}

function usesVlans(config: BridgeConfig): boolean {
  return config.vlan !== 0 || config.trunk.length > 0;
}

/** Makes the veth pair; its host end is a port of the bridge with everything the configuration says, and up. */
export function createPort(at: Attachment, config: BridgeConfig): links.VethPair {
  const mac = requestedMac(config, at);
  const pair = createPair(at, config, mac);
  const port = pair.host.name;
  if (usesVlans(config)) setVlans(port, config.vlan, config);
  attempt(`bring up ${port}, the port of ${at.ifname} on bridge ${config.bridge}`, () =>
    links.set("host", port, {
      up: true,
      ...config.reflects ? { hairpin: true } : {},
      ...config.portIsolation ? { isolated: true } : {},
    }));
  if (config.macspoofchk) {
    attempt(
      `limit ${port} to the MAC address ${pair.peer.mac} (macspoofchk)`,
      () => firewall.addMacCheck(port, pair.peer.mac),
    );
  }
  return pair;
}

function createPair(at: Attachment, config: BridgeConfig, mac: string | undefined): links.VethPair {
  return attempt(
    `connect ${at.ifname} of container ${at.containerId} to bridge ${config.bridge}`,
    () =>
      links.createVeth({
        peerNs: "container",
        peerName: at.ifname,
        master: config.bridge,
        ...mac === undefined ? {} : { peerMac: mac },
        ...config.mtu === 0 ? {} : { mtu: config.mtu },
      }),
  );
}

/** @param access the untagged VLAN, 0 for none */
function setVlans(port: string, access: number, config: BridgeConfig): void {
  const vlans = portVlans(access, access === config.vlan ? config.trunk : []);
  if (!config.preserveDefaultVlan) {
    const kernelDefault = [{ first: 1, last: 1, pvid: true, untagged: true }];
    attempt(`take port ${port} out of VLAN 1`, () => {
      unlessHostError(["not-found"], () => links.removeVlans(port, kernelDefault));
    });
  }
  attempt(
    `put port ${port} into VLAN ${vlans.map((vlan) => vlan.first).join(", ")}`,
    () => links.addVlans(port, vlans),
  );
}

/**
 * The link that serves as gateway of a VLAN: `cni0.100`, one end of a veth pair whose other end is a port of the bridge
 * in that VLAN. Made if there is none.
 */
export function ensureVlanGateway(config: BridgeConfig): links.Link {
  const name = `${config.bridge}.${config.vlan}`;
  const doing = `make ${name}, the gateway of VLAN ${config.vlan} on bridge ${config.bridge}`;
  return attempt(doing, () => {
    const present = unlessHostError(["not-found"], () => links.get("host", name));
    if (present !== undefined) return present;
    try {
      const mtu = config.mtu === 0 ? {} : { mtu: config.mtu };
      const pair = links.createVeth({ peerNs: "host", peerName: name, master: config.bridge, ...mtu });
      setVlans(pair.host.name, config.vlan, { ...config, trunk: [] });
      links.set("host", pair.host.name, { up: true });
      links.set("host", name, { up: true });
      return pair.peer;
    } catch (error) {
      if (!isHostError(error, "exists")) throw error;
      return links.get("host", name);
    }
  });
}
