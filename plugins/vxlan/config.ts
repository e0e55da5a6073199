// The vxlan backend's part of net-conf.json, and what follows from it for this node's device.

import * as v from "valibot";
import type { LocalNode } from "cnidaria:cni/controller@0.3.0";
import { backendSection, type OwnNode } from "../sdk/controller/mod.ts";
import { fields, invalidConfig, validate } from "../sdk/mod.ts";

/** 0 is what Go has for a key that is not given. */
const orNone = (most: number) => v.optional(fields.integer(0, most), 0);

const schema = fields.object({
  Backend: fields.object({
    VNI: v.optional(fields.integer(1, 2 ** 24 - 1), 1),
    Port: orNone(65535),
    MTU: orNone(65535),
    GBP: v.optional(fields.flag, false),
    Learning: v.optional(fields.flag, false),
    DirectRouting: v.optional(fields.flag, false),
  }),
});

const KEYS = Object.keys(schema.entries.Backend.entries);
/** The kernel's own, older than the number that was assigned (4789). */
const DEFAULT_PORT = 8472;
/** Outer Ethernet, IP, UDP and VXLAN headers, bytes (RFC 7348, section 5). */
const OVERHEAD = { ipv4: 50, ipv6: 70 };
/** The least that the protocol of the pods allows, bytes (RFC 791; RFC 8200, section 5). */
const LEAST_MTU = { ipv4: 68, ipv6: 1280 };

export interface VxlanConfig {
  readonly vni: number;
  readonly port: number;
  /** Bytes of the packets that leave the node; 0: the underlay's. */
  readonly mtu: number;
  readonly gbp: boolean;
  readonly learning: boolean;
  readonly directRouting: boolean;
}

/** @throws {CniError} code 7, naming every key that is wrong */
export function readConfig(network: Readonly<Record<string, unknown>>): VxlanConfig {
  const { Backend: it } = validate(schema, { Backend: backendSection(network, KEYS) }, "network configuration");
  return {
    vni: it.VNI,
    port: it.Port || DEFAULT_PORT,
    mtu: it.MTU,
    gbp: it.GBP,
    learning: it.Learning,
    directRouting: it.DirectRouting,
  };
}

/** `flannel.1`, `flannel-v6.1`: Flannel's own names, so that a node can change from one to the other. */
export function deviceName(vni: number, family: LocalNode["family"]): string {
  return family === "ipv4" ? `flannel.${vni}` : `flannel-v6.${vni}`;
}

/** Peers know the MAC of a device that is there already. */
export function deviceMac(name: string, node: LocalNode): string {
  return (node.devices.find((it) => it.name === name)?.mac ?? node.freshMac).toLowerCase();
}

/**
 * Bytes that pods may send.
 *
 * The kernel gives a device no more than its parent has room for, whatever it is asked for.
 *
 * @throws {CniError} code 7 if that is too little for the pods' protocol, naming the key
 */
export function deviceMtu({ mtu }: VxlanConfig, node: LocalNode, own: OwnNode): number {
  const outer = mtu === 0 ? node.underlayMtu : Math.min(mtu, node.underlayMtu);
  const overhead = OVERHEAD[typeof own.publicIp === "number" ? "ipv4" : "ipv6"];
  const inner = outer - overhead;
  const least = LEAST_MTU[node.family];
  if (inner >= least) return inner;
  const given = mtu === 0
    ? `Backend.MTU is not given, and the MTU of ${node.underlay} is ${outer}`
    : `Backend.MTU is ${mtu}`;
  const capped = mtu > outer ? `, of which ${node.underlay} carries ${outer}` : "";
  throw invalidConfig(
    `${given}${capped}, but pods need at least ${least} bytes for ${
      node.family === "ipv4" ? "IPv4" : "IPv6"
    } and the ` +
      `tunnel takes ${overhead}: ${least + overhead} is the least`,
  );
}
