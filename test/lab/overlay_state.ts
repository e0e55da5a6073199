// What a node has in its kernel for other nodes, and what it should have by what etcd says: as lines, to be compared.

import type { ClusterNode } from "./cluster_node.ts";
import type { Etcd } from "./etcd.ts";
import type { Namespace } from "./namespace.ts";

const PREFIX = "/coreos.com/network/subnets/";

/** A node's entry, as Flannel has it. */
interface Lease {
  PublicIP: string;
  PublicIPv6?: string | null;
  BackendType: string;
  BackendData?: { VtepMAC?: string } | null;
  BackendV6Data?: { VtepMAC?: string } | null;
}

/** What the node needs for every other node that etcd has. */
export async function wantedByEtcd(etcd: Etcd, node: ClusterNode): Promise<string[]> {
  const lines: string[] = [];
  for (const { key, value } of await etcd.list(PREFIX)) {
    const lease = JSON.parse(value) as Lease;
    if (lease.PublicIP === node.addresses.ipv4) continue;
    const [four, six] = key.slice(PREFIX.length).split("&").map((text) => text.replace(/-(\d+)$/, "/$1"));
    if (four !== undefined) lines.push(...wanted(four, lease.BackendType, lease.PublicIP, lease.BackendData));
    if (six !== undefined) lines.push(...wanted(six, lease.BackendType, lease.PublicIPv6!, lease.BackendV6Data));
  }
  return lines.sort();
}

function wanted(subnet: string, type: string, publicIp: string, data: Lease["BackendData"]): string[] {
  if (type === "host-gw") return [`route ${subnet} via ${publicIp} dev eth0`];
  const device = subnet.includes(":") ? "flannel-v6.1" : "flannel.1";
  const tunnel = subnet.replace(/\/.*/, "");
  return [
    `route ${subnet} via ${tunnel} dev ${device}`,
    `neighbor ${tunnel} at ${data?.VtepMAC} dev ${device}`,
    `forward ${data?.VtepMAC} to ${publicIp} dev ${device}`,
  ];
}

/** What its kernel has: routes by a gateway but the default ones, and on flannel's devices neighbours and forwarding. */
export async function haveInKernel({ namespace }: ClusterNode): Promise<string[]> {
  const lines: string[] = [];
  for (const family of ["-4", "-6"]) {
    const routes = await namespace.ipJson<{ dst: string; gateway?: string; dev: string }[]>(`${family} route show`);
    for (const { dst, gateway, dev } of routes) {
      if (gateway !== undefined && dst !== "default") lines.push(`route ${dst} via ${gateway} dev ${dev}`);
    }
  }
  for (const device of await devices(namespace)) {
    const neighbors = await namespace.ipJson<{ dst: string; lladdr?: string }[]>(
      `neighbor show dev ${device} nud permanent`,
    );
    for (const { dst, lladdr } of neighbors) {
      if (lladdr !== undefined) lines.push(`neighbor ${dst} at ${lladdr} dev ${device}`);
    }
    const text = await namespace.must(["bridge", "-json", "fdb", "show", "dev", device]);
    for (const { mac, dst } of JSON.parse(text) as { mac: string; dst?: string }[]) {
      if (dst !== undefined) lines.push(`forward ${mac} to ${dst} dev ${device}`);
    }
  }
  return lines.sort();
}

async function devices(namespace: Namespace): Promise<string[]> {
  const links = await namespace.ipJson<{ ifname: string }[]>("link show type vxlan");
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith("flannel"));
}

/** Writes the entry of a node that isn't there. `number` is from 1 to 255, the third number of its subnet. */
export async function pretendNode(etcd: Etcd, number: number, type: string): Promise<void> {
  const VtepMAC = `02:00:00:00:00:${number.toString(16).padStart(2, "0")}`;
  const lease = { PublicIP: `192.168.77.${number}`, PublicIPv6: null, BackendType: type };
  const data = type === "vxlan" ? { BackendData: { VNI: 1, VtepMAC } } : {};
  await etcd.put(pretendKey(number), JSON.stringify({ ...lease, ...data }));
}

/** Removes it. */
export async function forgetNode(etcd: Etcd, number: number): Promise<void> {
  await etcd.delete(pretendKey(number));
}

/** Third numbers of IPv4 subnets that nodes have. */
export async function takenNumbers(etcd: Etcd): Promise<Set<number>> {
  const entries = await etcd.list(PREFIX);
  return new Set(entries.map(({ key }) => Number(key.slice(PREFIX.length).split(".")[2])));
}

function pretendKey(number: number): string {
  return `${PREFIX}10.244.${number}.0-24`;
}
