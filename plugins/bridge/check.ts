// CHECK: the lease, then everything in prevResult against the kernel.

import * as firewall from "cnidaria:cni/firewall@0.3.0";
import * as ipam from "cnidaria:cni/ipam@0.3.0";
import type { Link } from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult, ResultInterface } from "cnidaria:cni/types@0.3.0";
import { addressDifferences, findLink, linkDifferences, routeDifferences } from "../sdk/check.ts";
import { missingMasquerades } from "../sdk/masquerade.ts";
import { addressesOf, attempt, previousResult, refuseDifferences } from "../sdk/mod.ts";
import { type BridgeConfig, readConfig } from "./config.ts";
import { gatewayChanges } from "./gateway.ts";

export function check(at: Attachment, text: string): void {
  const config = readConfig(text);
  const result = previousResult(at);
  if (config.layer3) ipam.check(text, result);
  const containerIndex = result.interfaces.findIndex((entry) =>
    entry.name === at.ifname && entry.sandbox.tag === "container"
  );
  const container = result.interfaces[containerIndex];
  if (container === undefined) {
    return refuseDifferences(at, [`prevResult has no interface ${at.ifname} in the container`]);
  }
  const inside = findLink("container", at.ifname);
  const differences = [...bridgeDifferences(config, result), ...containerDifferences(config, container, inside)];
  if (inside !== undefined) differences.push(...portDifferences(config, result, inside));
  if (inside !== undefined && config.layer3) {
    const ips = addressesOf(result, containerIndex);
    differences.push(...addressDifferences("container", at.ifname, ips));
    differences.push(...routeDifferences(at.ifname, result.routes, ips));
    if (config.ipMasq) differences.push(...missingMasquerades(ips));
  }
  refuseDifferences(at, differences);
}

function bridgeDifferences(config: BridgeConfig, result: CniResult): string[] {
  const entry = result.interfaces.find((candidate) =>
    candidate.name === config.bridge && candidate.sandbox.tag === "host"
  );
  if (entry === undefined) return [`prevResult has no bridge ${config.bridge}`];
  const { mtu: _changesWithThePorts, ...lasting } = entry;
  const bridge = findLink("host", config.bridge);
  const found = linkDifferences(lasting, bridge, "bridge");
  if (bridge !== undefined && config.promiscMode && !bridge.promisc) {
    found.push(`bridge ${config.bridge} is not promiscuous`);
  }
  return found;
}

function containerDifferences(config: BridgeConfig, entry: ResultInterface, link: Link | undefined): string[] {
  const found = linkDifferences(entry, link, "veth");
  return config.disableContainerInterface ? found.filter((line) => !line.endsWith("is down")) : found;
}

/** The host's end of the container's veth pair. */
function portDifferences(config: BridgeConfig, result: CniResult, inside: Link): string[] {
  const entries = result.interfaces.filter((entry) => entry.sandbox.tag === "host" && entry.name !== config.bridge);
  for (const entry of entries) {
    const port = findLink("host", entry.name);
    if (port?.kind === "veth" && port.index === inside.peerIndex) {
      return [...linkDifferences(entry, port, "veth"), ...membership(config, port, inside), ...gateway(config, result)];
    }
  }
  const names = entries.map((entry) => entry.name).join(", ") || "none";
  return [`no interface of the host that prevResult names is the other end of ${inside.name}: ${names}`];
}

function membership(config: BridgeConfig, port: Link, inside: Link): string[] {
  const found: string[] = [];
  if (port.master !== config.bridge) {
    found.push(`interface ${port.name} is a port of ${port.master ?? "nothing"}, not of bridge ${config.bridge}`);
  }
  // A later plugin may need it: portmap does, for a pod's way to its own ports.
  if (port.port?.hairpin === false && config.hairpinMode) {
    found.push(`interface ${port.name} has hairpin mode off, not on`);
  }
  if (port.port !== undefined && port.port.isolated !== config.portIsolation) {
    found.push(`interface ${port.name} has isolation ${onOff(port.port.isolated)}, not ${onOff(config.portIsolation)}`);
  }
  const checked = !config.macspoofchk ||
    attempt(`read the MAC check of ${port.name}`, () => firewall.hasMacCheck(port.name, inside.mac));
  if (!checked) found.push(`interface ${port.name} accepts frames from other MAC addresses than ${inside.mac}`);
  return found;
}

/** The gateway's addresses, where the bridge is the gateway. */
function gateway(config: BridgeConfig, result: CniResult): string[] {
  if (!config.isGateway || !config.layer3) return [];
  const link = config.vlan === 0 ? config.bridge : `${config.bridge}.${config.vlan}`;
  const wanted = gatewayChanges(link, result.ips, [], false).add.map((address) => ({ address }));
  return findLink("host", link) === undefined
    ? [`interface ${link} does not exist`]
    : addressDifferences("host", link, wanted);
}

function onOff(value: boolean): string {
  return value ? "on" : "off";
}
