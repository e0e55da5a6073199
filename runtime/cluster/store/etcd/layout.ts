// Flannel's layout in etcd (pkg/subnet of Flannel 0.28): the network's configuration below `config`, one key for each
// lease below `subnets/`. A lease holds a subnet of IPv4, and one of IPv6 as well in a network that has both.

import { formatAddress, formatNetwork, parseAddress, parseNetwork } from "../../../../host-funcs/ip_number.ts";
import { checkNode, type NodeEntry, type NodeKeys } from "../node_entry.ts";
import type { ClusterNode } from "../store.ts";

export const DEFAULT_PREFIX = "/coreos.com/network";

/** Seconds for which a lease is granted. */
export const LEASE_SECONDS = 24 * 60 * 60;

export interface Subnets {
  readonly ipv4: string;
  readonly ipv6?: string;
}

const KEYS: NodeKeys = {
  backendType: '"BackendType"',
  ipv4: { subnet: "key", publicIp: '"PublicIP"', backendData: '"BackendData"' },
  ipv6: { subnet: "key", publicIp: '"PublicIPv6"', backendData: '"BackendV6Data"' },
};

export function configKey(prefix: string): string {
  return `${prefix}/config`;
}

/** What the keys of all leases begin with. */
export function leasesPrefix(prefix: string): string {
  return `${prefix}/subnets/`;
}

/** The last part of a lease's key: `10.5.34.0-24`, `10.5.34.0-24&fd00:5:0:2::-64`. */
export function leaseName({ ipv4, ipv6 }: Subnets): string {
  return [ipv4, ipv6].filter((subnet) => subnet !== undefined).map((subnet) => subnet.replace("/", "-")).join("&");
}

/** The subnets that a lease's name says, canonical; undefined where it says none. */
export function subnetsOf(name: string): Subnets | undefined {
  const [, four, six] = /^([\d.]+-\d+)(?:&([\da-f:.]+-\d+))?$/i.exec(name) ?? [];
  if (four === undefined) return undefined;
  const ipv4 = parseNetwork(four.replace("-", "/"));
  if (ipv4?.family !== 4) return undefined;
  if (six === undefined) return { ipv4: formatNetwork(ipv4) };
  const ipv6 = parseNetwork(six.replace("-", "/"));
  return ipv6?.family === 6 ? { ipv4: formatNetwork(ipv4), ipv6: formatNetwork(ipv6) } : undefined;
}

/** The value of a lease that has just been taken: nobody is to use it before the backend's data is there. */
export function bareValue(publicIp: string | undefined, publicIpv6: string | undefined): string {
  return JSON.stringify({ PublicIP: publicIp ?? "0.0.0.0", PublicIPv6: publicIpv6 ?? null });
}

/** The value of a node's lease, with the keys and in the order that Flannel writes. */
export function leaseValue({ backendType, ipv4, ipv6 }: ClusterNode): string {
  return JSON.stringify({
    PublicIP: ipv4?.publicIp ?? "0.0.0.0",
    PublicIPv6: ipv6?.publicIp ?? null,
    BackendType: backendType,
    ...ipv4?.backendData && { BackendData: JSON.parse(ipv4.backendData) },
    ...ipv6?.backendData && { BackendV6Data: JSON.parse(ipv6.backendData) },
  });
}

/** The IPv4 address that a value names, canonical: who has the lease. */
export function holderOf(value: string): string | undefined {
  try {
    const address = parseAddress(String((JSON.parse(value) as { PublicIP?: unknown } | null)?.PublicIP));
    return address && formatAddress(address.family, address.number);
  } catch {
    return undefined;
  }
}

/**
 * Reads a lease.
 *
 * @param name the last part of its key
 */
export function readLease(name: string, value: string): NodeEntry {
  const what = `lease ${JSON.stringify(name.slice(0, 100))}`;
  const ignored = (why: string): NodeEntry => ({
    kind: "ignored",
    name,
    why: `Cannot use the entry of ${what} as ${why}`,
  });
  const subnets = subnetsOf(name);
  if (subnets === undefined) return ignored("its key names no subnet, such as 10.5.34.0-24");
  let it: Record<string, unknown>;
  try {
    it = Object(JSON.parse(value));
  } catch {
    return ignored("its value is no JSON");
  }
  if (it.BackendType === undefined) return { kind: "pending", name };
  const text = (data: unknown) => data === undefined || data === null ? "" : JSON.stringify(data);
  return checkNode(
    {
      name,
      backendType: it.BackendType,
      ipv4: { subnet: subnets.ipv4, publicIp: it.PublicIP, backendData: text(it.BackendData) },
      ...subnets.ipv6 !== undefined &&
        { ipv6: { subnet: subnets.ipv6, publicIp: it.PublicIPv6, backendData: text(it.BackendV6Data) } },
    },
    KEYS,
    what,
  );
}
