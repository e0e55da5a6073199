// ADD. What is made is undone by the host if a later step fails.

import * as addresses from "cnidaria:cni/addresses@0.3.0";
import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import * as routes from "cnidaria:cni/routes@0.3.0";
import type { Attachment, CniResult, ResultInterface, Sandbox } from "cnidaria:cni/types@0.3.0";
import { addAddresses, addRoutes } from "../sdk/container.ts";
import { enableForwarding } from "../sdk/forwarding.ts";
import { masquerade } from "../sdk/masquerade.ts";
import { attempt, invalidConfig, isDnsSet, toDns, unlessHostError } from "../sdk/mod.ts";
import { readConfig } from "./config.ts";
import {
  containerRoutes,
  hostRoute,
  kernelSubnetRoute,
  requireGateways,
  type RoutedIp,
  single,
} from "./point_to_point.ts";

/** Index of the container's interface in the results of this plugin. */
const CONTAINER_INDEX = 1;

export function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  const leased = ipam.add(text);
  if (leased.ips.length === 0) throw invalidConfig(`IPAM plugin ${config.ipam.type} gave no address`);
  const ips = requireGateways(leased.ips, config.ipam.type).map((ip) => ({ ...ip, interface: CONTAINER_INDEX }));
  enableForwarding(ips);
  const pair = attempt(`connect ${at.ifname} of container ${at.containerId} to the node`, () =>
    links.createVeth({
      peerNs: "container",
      peerName: at.ifname,
      ...config.mtu === 0 ? {} : { mtu: config.mtu },
    }));
  setUpHost(pair.host.name, ips);
  setUpContainer(at.ifname, ips);
  addRoutes(at.ifname, leased.routes, ips);
  if (config.ipMasq) masquerade(ips, config.ipMasqBackend);
  const own = config.dns === undefined ? undefined : toDns(config.dns);
  return {
    interfaces: [entry(pair.host, { tag: "host" }), entry(pair.peer, { tag: "container" })],
    ips,
    routes: leased.routes,
    dns: own !== undefined && isDnsSet(own) ? own : leased.dns,
  };
}

function entry(link: links.Link, sandbox: Sandbox): ResultInterface {
  return { name: link.name, mac: link.mac, mtu: link.mtu, sandbox };
}

/** The gateway's addresses on the host's end, and a route to each of the container's. */
function setUpHost(link: string, ips: readonly RoutedIp[]): void {
  attempt(`bring up ${link}`, () => links.set("host", link, { up: true }));
  for (const ip of ips) {
    const cidr = single(ip.gateway);
    attempt(`give ${cidr} to ${link}`, () => {
      // Two addresses may have one gateway.
      unlessHostError(["exists"], () => addresses.add("host", link, { cidr, dad: false }));
    });
    attempt(`add the route to ${ip.address} on ${link}`, () => routes.add("host", hostRoute(ip, link)));
  }
}

function setUpContainer(ifname: string, ips: readonly RoutedIp[]): void {
  addAddresses(ifname, ips, false);
  for (const ip of ips) {
    attempt(`take the kernel's route for ${ip.address} from ${ifname}`, () => {
      unlessHostError(["not-found"], () => routes.remove("container", kernelSubnetRoute(ip, ifname)));
    });
    for (const route of containerRoutes(ip, ifname)) {
      attempt(`add the route to ${route.dst} on ${ifname}`, () => {
        unlessHostError(["exists"], () => routes.add("container", route));
      });
    }
  }
}
