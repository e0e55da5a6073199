// What a configuration asks for, for the addresses that the container has.

import type { Hairpin, PortMap } from "cnidaria:cni/port-maps@0.3.0";
import type { Attachment, CniResult, ResultIp } from "cnidaria:cni/types@0.3.0";
import { addressOf, familyOf, networkOf } from "../sdk/mod.ts";
import type { Mapping, PortmapConfig } from "./config.ts";

/** Of each family the first address of the container's that the interface has. */
export function containerIps(at: Attachment, { interfaces, ips }: CniResult): ResultIp[] {
  const own = ips.filter((ip) => {
    const entry = ip.interface === undefined ? undefined : interfaces[ip.interface];
    return entry === undefined || (entry.name === at.ifname && entry.sandbox.tag !== "host");
  });
  return ([4, 6] as const).flatMap((family) => own.find(({ address }) => familyOf(address) === family) ?? []);
}

/** A map for each address whose family the mapping's host IP has, or of both where it has none. */
export function mapsOf(mappings: readonly Mapping[], ips: readonly ResultIp[]): PortMap[] {
  return mappings.flatMap(({ hostPort, containerPort, protocol, hostIP }) =>
    ips.filter(({ address }) => hostIP === "" || familyOf(hostIP) === familyOf(address)).map(({ address }) => ({
      protocol,
      hostPort,
      containerPort,
      address: addressOf(address),
      ...hostIP === "" ? {} : { hostAddress: hostIP },
    }))
  );
}

/** Whose connections get the node's address. */
export function hairpinOf(
  { snat, masqAll, markMasqBit }: PortmapConfig,
  ips: readonly ResultIp[],
): Hairpin | undefined {
  if (!snat) return undefined;
  const networks = ips.flatMap(({ address }) => {
    const ipv4 = familyOf(address) === 4;
    if (masqAll) return [ipv4 ? "0.0.0.0/0" : "::/0"];
    // The kernel routes nothing from ::1 to another link.
    return [networkOf(address), ...ipv4 ? ["127.0.0.0/8"] : []];
  });
  return { networks, markBit: markMasqBit };
}
