// What a plan may ask for: backends are components, and what they know of a peer comes from other nodes. Pure.

import type { Family, NodePlan, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { HostCallError } from "../error.ts";
import { type IpNetwork, parseNetwork } from "../ip_number.ts";
import { checkLinkName } from "../links/look_up.ts";
import { versionOf } from "../sys/ip_address.ts";
import { parseMac } from "../sys/mac_address.ts";
import { fdbOf, neighborOf, type OverlayObject, routeOf } from "./object.ts";

/** What this node needs in one family. */
export interface NodeNeeds extends NodePlan {
  /** The network of all pods, CIDR notation: peers' routes lie within it. */
  readonly network: string;
  /** Of this node's own pods, CIDR notation: no route leads there. */
  readonly subnet: string;
  /** The link between the nodes. */
  readonly underlay: string;
}

/** What plans of peers are held against. */
export interface Scope {
  readonly family: Family;
  readonly needs: NodeNeeds;
  readonly network: IpNetwork;
  readonly subnet: IpNetwork;
}

/** @throws {HostCallError} `invalid` where the plan reaches beyond the overlay */
export function scopeOf(family: Family, needs: NodeNeeds): Scope {
  const { device, addresses, underlay } = needs;
  const subnet = networkIn(family, needs.subnet, "its subnet");
  const network = networkIn(family, needs.network, "its network");
  checkLinkName(underlay);
  if (device) {
    checkLinkName(device.name);
    parseMac(device.mac);
    if (device.name === underlay) refuse(`the device ${device.name}`, "the nodes' own link has that name");
    if (device.parent !== underlay) {
      refuse(`the device ${device.name}`, `it is on ${device.parent}, not on ${underlay}`);
    }
    if (!(device.vni >= 1 && device.vni <= 0xffffff)) refuse(`the VNI ${device.vni}`, "it must be 1 to 16777215");
    if (!(device.port >= 1)) refuse(`the UDP port ${device.port}`, "it must be 1 to 65535");
    if (versionOf(device.local) === 0) refuse(`the tunnel's address "${device.local}"`, "it is no IP address");
  }
  for (const { link, cidr } of addresses) {
    if (link !== device?.name) refuse(`the address ${cidr}`, `${link} is not the overlay's device`);
    if (!isInside(networkIn(family, cidr, "an address"), subnet)) {
      refuse(`the address ${cidr}`, `it is outside this node's subnet ${needs.subnet}`);
    }
  }
  return { family, needs, network, subnet };
}

/**
 * What the node needs for a peer; nothing for one that was refused.
 *
 * @throws {HostCallError} `invalid` where the plan is malformed, or reaches beyond the overlay
 */
export function objectsOf({ family, needs, network, subnet }: Scope, plan: PeerPlan): OverlayObject[] {
  if (plan.refused !== undefined) return [];
  const device = needs.device?.name;
  const objects: OverlayObject[] = [];
  for (const entry of plan.fdb) {
    const what = `the forwarding entry ${entry.mac}`;
    if (entry.link !== device) refuse(what, `${entry.link} is not the overlay's device`);
    const fdb = fdbOf(entry);
    if (!isUnicast(fdb.mac)) refuse(what, "the MAC is not one device's");
    if (versionOf(fdb.dst) !== versionOf(needs.device!.local)) {
      refuse(what, `${fdb.dst} is not of the family of the tunnel's own address`);
    }
    objects.push(fdb);
  }
  for (const entry of plan.neighbors) {
    const what = `the neighbour ${entry.address}`;
    if (entry.link !== device) refuse(what, `${entry.link} is not the overlay's device`);
    const neighbor = neighborOf(entry);
    if (!isUnicast(neighbor.mac)) refuse(what, `its MAC ${neighbor.mac} is not one device's`);
    networkIn(family, `${neighbor.address}/${family === "ipv4" ? 32 : 128}`, "a neighbour");
    objects.push(neighbor);
  }
  for (const entry of plan.routes) {
    const what = `the route to ${entry.dst}`;
    if (entry.link !== device && entry.link !== needs.underlay) {
      refuse(what, `${entry.link} is neither the overlay's device nor the nodes' own link`);
    }
    const dst = networkIn(family, entry.dst, "a route");
    if (!isInside(dst, network)) refuse(what, `it is outside the network ${needs.network}`);
    if (isInside(dst, subnet) || isInside(subnet, dst)) {
      refuse(what, `it has addresses of this node's subnet ${needs.subnet}`);
    }
    const route = routeOf(entry);
    if (versionOf(route.gateway) !== dst.family) refuse(what, `its gateway ${route.gateway} is of the other family`);
    objects.push(route);
  }
  return objects;
}

function networkIn(family: Family, text: string, what: string): IpNetwork {
  const network = parseNetwork(text);
  if (network === undefined) throw refusal(`"${text}" as ${what}`, "it is not in CIDR notation");
  if (network.family !== (family === "ipv4" ? 4 : 6)) throw refusal(`${text} as ${what}`, `it is not of ${family}`);
  return network;
}

function isInside(inner: IpNetwork, outer: IpNetwork): boolean {
  return inner.first >= outer.first && inner.last <= outer.last;
}

function isUnicast(mac: string): boolean {
  return mac !== "00:00:00:00:00:00" && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
}

function refuse(what: string, why: string): never {
  throw refusal(what, why);
}

function refusal(what: string, why: string): HostCallError {
  return new HostCallError("invalid", `Cannot use ${what} as ${why}`);
}
