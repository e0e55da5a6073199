// What a configuration and the result of the plugin before come to.

import type { Confinement, Pod } from "cnidaria:cni/forwarding@0.3.0";
import type { CniResult } from "cnidaria:cni/types@0.3.0";
import { addressOf, invalidConfig } from "../sdk/mod.ts";
import type { FirewallConfig } from "./config.ts";

/** The pod's addresses, with the administrator's chain. */
export function podsOf({ iptablesAdminChainName: name = "" }: FirewallConfig, { ips }: CniResult): Pod[] {
  return ips.map(({ address }) => ({ address: addressOf(address), ...name === "" ? {} : { adminChain: name } }));
}

/**
 * The link whose pods are kept from others, which is the result's first interface, as in upstream's plugin; and, where
 * the bridge itself is to forward nothing, the pod's ports.
 *
 * @returns undefined for the policy `open`
 * @throws {CniError} code 7 where the result has no such link
 */
export function confinementOf(
  { ingressPolicy }: FirewallConfig,
  { interfaces }: CniResult,
): Confinement & { ports: string[] } | undefined {
  if (ingressPolicy === "open") return undefined;
  const [first, ...others] = interfaces;
  // A name of the container's could be that of the node's uplink.
  if (first === undefined || first.sandbox.tag !== "host") {
    const found = first === undefined
      ? "prevResult has no interfaces"
      : `the first of prevResult, ${first.name}, is not`;
    throw invalidConfig(
      `ingressPolicy ${ingressPolicy} needs an interface of the host's, such as a bridge, but ${found}: ` +
        "put firewall after bridge in the chain, or leave ingressPolicy out",
    );
  }
  // What comes after the container's interface a later plugin has added: CHECK has the result of the whole chain.
  const container = others.findIndex(({ sandbox }) => sandbox.tag !== "host");
  const ports = others.slice(0, container === -1 ? undefined : container).map(({ name }) => name);
  return { link: first.name, ingress: ingressPolicy, ports: ingressPolicy === "isolated" ? ports : [] };
}
