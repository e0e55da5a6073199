// This node in each family, as a backend is told of it.

import type { LocalNode } from "cnidaria:cni/controller@0.3.0";
import { freshMac } from "./fresh_mac.ts";
import type { Kernel } from "./kernel.ts";
import type { NetworkConfig } from "./network_config.ts";

type Subnets = { readonly ipv4?: string; readonly ipv6?: string };

/** In each family in which it has a subnet. @throws {Error} a sentence, where no link leads to the others */
export async function localNodes(
  kernel: Pick<Kernel, "underlay" | "devices">,
  name: string,
  subnets: Subnets,
): Promise<LocalNode[]> {
  const nodes: LocalNode[] = [];
  for (const family of ["ipv4", "ipv6"] as const) {
    const subnet = subnets[family];
    if (subnet === undefined) continue;
    const { link, mtu, publicIp, onLink } = kernel.underlay(family);
    nodes.push({
      name,
      family,
      subnet,
      publicIp,
      underlay: link,
      underlayMtu: mtu,
      onLink: [...onLink],
      devices: kernel.devices(),
      // Names need not be unique in etcd; addresses are.
      freshMac: await freshMac(`${name} ${publicIp}`, family),
    });
  }
  return nodes;
}

/** A subnet of each family that this node could have. */
export function firstSubnets({ ipv4, ipv6 }: NetworkConfig): Subnets {
  const first = (range: NetworkConfig["ipv4"]) => range && `${range.network.split("/")[0]}/${range.subnetLength}`;
  const [four, six] = [first(ipv4), first(ipv6)];
  return { ...four !== undefined && { ipv4: four }, ...six !== undefined && { ipv6: six } };
}

/** What is to be planned anew when it changes. */
export function underlayOf({ family, publicIp, underlay, underlayMtu, onLink }: LocalNode): string {
  return JSON.stringify([family, publicIp, underlay, underlayMtu, onLink]);
}
