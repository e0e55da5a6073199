// ADD: bridge, port, addresses, gateway, masquerade. What is made is undone by the host if a later step fails.

import * as addresses from "cnidaria:cni/addresses@0.3.0";
import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult, ResultInterface, ResultIp, Sandbox } from "cnidaria:cni/types@0.3.0";
import { addAddresses, addRoutes, announceAddresses, settleAddresses } from "../sdk/container.ts";
import { enableForwarding } from "../sdk/forwarding.ts";
import { masquerade } from "../sdk/masquerade.ts";
import { attempt, emptyDns, isDnsSet, toDns } from "../sdk/mod.ts";
import { type BridgeConfig, readConfig } from "./config.ts";
import { gatewayChanges, layer3Result } from "./gateway.ts";
import { createPort, ensureBridge, ensureVlanGateway } from "./port.ts";

/** How long a port may take to forward frames, milliseconds; a bridge without STP takes none. */
const FORWARDING_MS = 5_000;

export function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  // The lease comes first: a pool that is exhausted costs no link.
  const layer3 = config.layer3 ? layer3Result(ipam.add(text), config) : undefined;
  const bridge = ensureBridge(config);
  const pair = createPort(at, config);
  const interfaces = [
    entry(bridge, { tag: "host" }),
    entry(pair.host, { tag: "host" }),
    entry(pair.peer, { tag: "container" }),
  ];
  if (layer3 !== undefined) {
    addAddresses(at.ifname, layer3.ips, config.enabledad);
    if (config.isGateway) interfaces.push(...becomeGateway(config, layer3.ips));
    addRoutes(at.ifname, layer3.routes, layer3.ips);
    if (config.ipMasq) masquerade(layer3.ips, config.ipMasqBackend);
  } else if (!config.disableContainerInterface) {
    attempt(`bring up ${at.ifname}`, () => links.set("container", at.ifname, { up: true }));
  }
  if (!config.disableContainerInterface) {
    // Both ends have been up for a while by now: the kernel has mostly caught up, and this does not wait.
    attempt(
      `bring ${pair.host.name} on bridge ${config.bridge} to forwarding`,
      () => links.waitRunning("host", pair.host.name, FORWARDING_MS),
    );
  }
  if (layer3 !== undefined) {
    if (config.enabledad) settleAddresses(at.ifname);
    announceAddresses(at.ifname, layer3.ips);
  }
  const { ips = [], routes = [], dns = emptyDns() } = layer3 ?? {};
  const own = config.dns === undefined ? undefined : toDns(config.dns);
  return { interfaces, ips, routes, dns: own !== undefined && isDnsSet(own) ? own : dns };
}

function entry(link: links.Link, sandbox: Sandbox): ResultInterface {
  return { name: link.name, mac: link.mac, mtu: link.mtu, sandbox };
}

/**
 * Puts the gateway addresses on the bridge, or on the link that stands for its VLAN, and turns forwarding on.
 * Answers the interface that a result has for a VLAN gateway.
 */
function becomeGateway(config: BridgeConfig, ips: readonly ResultIp[]): ResultInterface[] {
  const vlanLink = config.vlan === 0 ? undefined : ensureVlanGateway(config);
  const link = vlanLink?.name ?? config.bridge;
  const present = attempt(`read the addresses of ${link}`, () => addresses.list("host", link));
  const changes = gatewayChanges(link, ips, present, config.forceAddress);
  for (const cidr of changes.remove) {
    attempt(`remove ${cidr} from ${link} (forceAddress)`, () => addresses.remove("host", link, cidr));
  }
  for (const cidr of changes.add) {
    attempt(`give ${cidr} to ${link}`, () => addGatewayAddress(link, cidr));
  }
  enableForwarding(ips);
  return vlanLink === undefined ? [] : [entry(vlanLink, { tag: "host" })];
}

/** Another container's ADD may have been quicker. */
function addGatewayAddress(link: string, cidr: string): void {
  try {
    addresses.add("host", link, { cidr, dad: false });
  } catch (error) {
    if (!addresses.list("host", link).includes(cidr)) throw error;
  }
}
