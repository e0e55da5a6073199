// The plugins that faults are put into, each with a configuration that makes it change as much as it can.

import type { Config } from "../lab/cni_call.ts";

/** One plugin, or chain, and what it is called with. */
export interface Scenario {
  readonly name: string;
  readonly config: Config;
  readonly ifname: string;
  /** The network of the node's other pod, where it cannot be the same. */
  readonly other?: Config;
  /** An address that the other pod can ping. */
  readonly gateway?: string;
  /** A device that the node has. */
  readonly device?: string;
  /** The link of the node that stays when the last pod goes. */
  readonly shared?: string;
}

const cniVersion = "1.1.0";
const routes = [{ dst: "0.0.0.0/0" }, { dst: "::/0" }];
const hostLocal = {
  type: "host-local",
  ranges: [[{ subnet: "10.30.0.0/24" }], [{ subnet: "fd00:30::/64" }]],
};
const bridge = {
  bridge: "cni0",
  isDefaultGateway: true,
  ipMasq: true,
  ipMasqBackend: "nftables",
  macspoofchk: true,
  ipam: hostLocal,
};
const gateway = "10.30.0.1";

/** bridge, portmap, bandwidth, tuning and firewall in one process, with one port of the node for the pod. */
function standardChain(hostPort: number): Config {
  const portMappings = ["tcp", "udp"].map((protocol) => ({ hostPort, containerPort: 80, protocol }));
  return {
    cniVersion,
    name: "green",
    type: "cnidaria",
    plugins: [
      { type: "bridge", ...bridge, ipMasq: false, macspoofchk: false },
      { type: "portmap" },
      { type: "bandwidth", ingressRate: 20_000_000, egressRate: 10_000_000 },
      { type: "tuning", mtu: 1400, txQLen: 20, sysctl: { "net.core.somaxconn": "512" } },
      { type: "firewall", ingressPolicy: "same-bridge" },
    ],
    runtimeConfig: { portMappings },
  };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "bridge",
    config: { cniVersion, name: "blue", type: "bridge", ...bridge },
    ifname: "eth0",
    gateway,
    shared: "cni0",
  },
  {
    name: "ptp",
    config: {
      cniVersion,
      name: "red",
      type: "cnidaria",
      plugins: [{ type: "ptp", ipMasq: true, ipam: { ...hostLocal, routes } }, { type: "sbr", table: 500 }],
    },
    ifname: "eth0",
    gateway,
  },
  {
    name: "flannel",
    config: {
      cniVersion,
      name: "cbr0",
      type: "flannel",
      delegate: { type: "bridge", bridge: "cni0", isGateway: true, ipMasq: true, ipam: { ...hostLocal, routes } },
    },
    ifname: "eth0",
    gateway,
    shared: "cni0",
  },
  {
    name: "chain",
    config: standardChain(8080),
    other: standardChain(9090),
    ifname: "eth0",
    gateway,
    shared: "cni0",
  },
  {
    name: "static",
    config: {
      cniVersion,
      name: "grey",
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      networkPolicy: { untilSynced: "deny", waitMs: 0 },
      ipam: { type: "static", addresses: [{ address: "10.30.0.200/24", gateway }] },
    },
    other: { cniVersion, name: "blue", type: "bridge", ...bridge },
    ifname: "eth0",
    gateway,
    shared: "cni0",
  },
  {
    name: "host-device",
    config: { cniVersion, name: "nics", type: "host-device", device: "nic1", ipam: { ...hostLocal, routes } },
    other: { cniVersion, name: "blue", type: "bridge", ...bridge },
    ifname: "eth0",
    device: "nic1",
    gateway,
    shared: "cni0",
  },
  { name: "host-local", config: { cniVersion, name: "pool", type: "host-local", ipam: hostLocal }, ifname: "eth0" },
  { name: "loopback", config: { cniVersion, name: "lo", type: "loopback" }, ifname: "lo" },
];
