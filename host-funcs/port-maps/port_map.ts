// A port map in canonical form: how the state keeps it, and what the kernel's elements for it are.

import type { PortMap, Protocol } from "cnidaria:cni/port-maps@0.3.0";
import type { PortMapValue } from "../change.ts";
import { HostCallError } from "../error.ts";
import { type Family, formatAddress, parseAddress } from "../ip_number.ts";

/** IPPROTO_* (include/uapi/linux/in.h). */
export const PROTOCOL_NUMBERS: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };

export interface CanonicalMap {
  readonly family: Family;
  readonly protocol: Protocol;
  /** Undefined for any of the family. */
  readonly hostAddress: string | undefined;
  readonly hostPort: number;
  readonly address: string;
  readonly containerPort: number;
  /** The state's key, `tcp 8080 192.0.2.1`; for any address it has `0.0.0.0` or `::`. */
  readonly key: string;
}

/**
 * Port maps, each once.
 *
 * @throws {HostCallError} `invalid`
 */
export function canonicalMaps(maps: readonly (PortMap | PortMapValue)[]): CanonicalMap[] {
  const found = new Map<string, CanonicalMap>();
  for (const map of maps.map(canonicalMap)) {
    const same = found.get(map.key);
    if (same !== undefined && targetOf(same) !== targetOf(map)) {
      throw invalid(`it is to lead to two places, ${targetOf(same)} and ${targetOf(map)}`, describePort(map));
    }
    found.set(map.key, map);
  }
  return [...found.values()];
}

function canonicalMap({ protocol, hostAddress, hostPort, address, containerPort }: PortMap | PortMapValue) {
  const pod = parseAddress(address);
  if (pod === undefined) throw invalid("the pod's address is no IP address", address);
  if (!Object.hasOwn(PROTOCOL_NUMBERS, protocol)) throw invalid("the protocol is not tcp, udp or sctp", protocol);
  for (const port of [hostPort, containerPort]) {
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalid("a port is not 1 to 65535", String(port));
  }
  const host = hostAddress === undefined ? { family: pod.family, number: 0n } : parseAddress(hostAddress);
  if (host === undefined) throw invalid("the node's address is no IP address", String(hostAddress));
  if (host.family !== pod.family) {
    throw invalid(`the node's address and the pod's, ${address}, are not of one family`, String(hostAddress));
  }
  const node = formatAddress(host.family, host.number);
  return {
    family: pod.family,
    protocol,
    hostAddress: host.number === 0n ? undefined : node,
    hostPort,
    address: formatAddress(pod.family, pod.number),
    containerPort,
    key: `${protocol} ${hostPort} ${node}`,
  };
}

/** As a change has it. */
export function valueOf({ protocol, hostAddress, hostPort, address, containerPort }: CanonicalMap): PortMapValue {
  return { protocol, ...hostAddress === undefined ? {} : { hostAddress }, hostPort, address, containerPort };
}

/** `10.1.0.5:80`, `[fd00::5]:80` */
export function targetOf({ family, address, containerPort }: CanonicalMap): string {
  return family === 4 ? `${address}:${containerPort}` : `[${address}]:${containerPort}`;
}

/** `tcp port 8080 of 192.0.2.1`, `tcp port 8080 (IPv4)` */
export function describePort({ protocol, hostPort, hostAddress, family }: CanonicalMap): string {
  return `${protocol} port ${hostPort} ${hostAddress === undefined ? `(IPv${family})` : `of ${hostAddress}`}`;
}

/** What a row of the state says, by its key and what it leads to. */
export function mapOfRow(key: string, address: string, containerPort: number): CanonicalMap {
  const [protocol, hostPort, hostAddress] = key.split(" ") as [Protocol, string, string];
  const [map] = canonicalMaps([{ protocol, hostAddress, hostPort: Number(hostPort), address, containerPort }]);
  return map!;
}

function invalid(reason: string, value: string): HostCallError {
  return new HostCallError("invalid", `Cannot map a port as ${reason}: ${JSON.stringify(value.slice(0, 80))}`);
}
