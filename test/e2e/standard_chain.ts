// The usual list of a node's plugins, bridge with portmap, bandwidth, tuning and firewall, as a list of processes and as
// a chain in one process.

import { type Config } from "../lab/cni_call.ts";
import type { Node } from "../lab/node.ts";
import { bridgeNetwork, VERSION } from "./networks.ts";

/** What a runtime sets for a pod. Rates in bits a second, bursts in bits. */
export const RUNTIME_CONFIG = {
  portMappings: [
    { hostPort: 8080, containerPort: 80, protocol: "tcp" },
    { hostPort: 5353, containerPort: 53, protocol: "udp" },
  ],
  bandwidth: { ingressRate: 20_000_000, ingressBurst: 800_000, egressRate: 10_000_000, egressBurst: 400_000 },
};

/** `capabilities` of a plugin that takes all of it. */
export const CAPABILITIES = { portMappings: true, bandwidth: true };

/** The plugins' own configurations, bridge first. */
export function standardPlugins(node: Node): Record<string, unknown>[] {
  const { cniVersion: _, name: _name, ...bridge } = bridgeNetwork(node, { ipMasq: true });
  return [
    bridge,
    { type: "portmap", capabilities: { portMappings: true } },
    { type: "bandwidth", capabilities: { bandwidth: true } },
    { type: "tuning", sysctl: { "net.core.somaxconn": "512", "net.ipv4.conf.eth0.arp_notify": "1" } },
    { type: "firewall", ingressPolicy: "same-bridge" },
  ];
}

/** The same as one plugin for the runtime. */
export function inOneProcess(node: Node): Record<string, unknown> {
  return { type: "cnidaria", capabilities: CAPABILITIES, plugins: standardPlugins(node) };
}

/** The configuration that libcni gives each of the plugins of a list. @param asked by the runtime for the pod */
export function asLibcni(plugin: Record<string, unknown>, asked: Record<string, unknown>): Config {
  const { capabilities, ...own } = plugin;
  const wanted = Object.entries(asked).filter(([key]) => (capabilities as Record<string, boolean>)?.[key]);
  const runtimeConfig = wanted.length === 0 ? {} : { runtimeConfig: Object.fromEntries(wanted) };
  return { cniVersion: VERSION, name: "blue", ...own, ...runtimeConfig } as unknown as Config;
}
