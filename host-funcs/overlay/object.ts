// What a node needs for its peers: routes, neighbours, forwarding entries, in canonical form. Pure.

import type { Family, PeerFdb, PeerNeighbor, PeerRoute } from "cnidaria:cni/controller@0.3.0";
import { formatAddress, networkOf, parseAddress, parseCidr } from "../sys/ip_address.ts";
import { formatMac, parseMac } from "../sys/mac_address.ts";

/** rtm_protocol of our routes. Nobody else's in rtnetlink.h and the rt_protos of iproute2, FRR, BIRD and Calico. */
export const OVERLAY_PROTOCOL = 138;

export type Route = { readonly kind: "route" } & Readonly<PeerRoute>;
export type Neighbor = { readonly kind: "neighbor" } & Readonly<PeerNeighbor>;
export type Fdb = { readonly kind: "fdb" } & Readonly<PeerFdb>;

/** Addresses and MACs are canonical, so that two that are the same have the same text. */
export type OverlayObject = Route | Neighbor | Fdb;

/** @throws {HostCallError} `invalid` for malformed text */
export function routeOf({ dst, gateway, link, onlink }: PeerRoute): Route {
  const { bytes, prefixLength } = networkOf(parseCidr(dst));
  return { kind: "route", dst: `${formatAddress(bytes)}/${prefixLength}`, gateway: canonical(gateway), link, onlink };
}

/** @throws {HostCallError} `invalid` for malformed text */
export function neighborOf({ address, mac, link }: PeerNeighbor): Neighbor {
  return { kind: "neighbor", address: canonical(address), mac: formatMac(parseMac(mac)), link };
}

/** @throws {HostCallError} `invalid` for malformed text */
export function fdbOf({ mac, dst, link }: PeerFdb): Fdb {
  return { kind: "fdb", mac: formatMac(parseMac(mac)), dst: canonical(dst), link };
}

/** The place that the kernel has for it: there is at most one wanted thing for each. */
export function keyOf(object: OverlayObject): string {
  switch (object.kind) {
    case "route":
      return `route ${object.dst}`;
    case "neighbor":
      return `neighbor ${object.link} ${object.address}`;
    case "fdb":
      return `fdb ${object.link} ${object.mac}`;
  }
}

/** Of two with the same key. */
export function isSame(a: OverlayObject, b: OverlayObject): boolean {
  switch (a.kind) {
    case "route":
      return b.kind === "route" && a.gateway === b.gateway && a.link === b.link && a.onlink === b.onlink;
    case "neighbor":
      return b.kind === "neighbor" && a.mac === b.mac;
    case "fdb":
      return b.kind === "fdb" && a.dst === b.dst;
  }
}

/** For messages: `the route to 10.244.2.0/24 via 10.244.2.0 on flannel.1`. */
export function describeObject(object: OverlayObject | FoundRoute): string {
  switch (object.kind) {
    case "route":
      return `the route to ${object.dst}${
        object.gateway === undefined ? "" : ` via ${object.gateway}`
      } on ${object.link}`;
    case "neighbor":
      return `the neighbour ${object.address} (${object.mac}) of ${object.link}`;
    case "fdb":
      return `the forwarding entry ${object.mac} to ${object.dst} of ${object.link}`;
  }
}

/** A route that the kernel has. */
export interface FoundRoute {
  readonly kind: "route";
  readonly dst: string;
  readonly gateway?: string;
  /** Name of the link; its index where it has none. */
  readonly link: string;
  readonly onlink: boolean;
  readonly linkIndex: number;
  /** RTPROT_* */
  readonly protocol: number;
  readonly priority: number;
  /** It says more than where it leads: a source, metrics, several next hops. */
  readonly special: boolean;
}

export function familyOf(text: string): Family {
  return text.includes(":") ? "ipv6" : "ipv4";
}

function canonical(address: string): string {
  return formatAddress(parseAddress(address).bytes);
}
