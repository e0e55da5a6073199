// What the kernel has, in the shape of a CNI result, and the assertion that a result says the same.

import { assert, assertEquals } from "@std/assert";
import type { Result } from "../lab/cni_call.ts";
import type { Namespace } from "../lab/namespace.ts";
import type { Node } from "../lab/node.ts";

/** `ip -json link` and `ip -json address`. */
export interface IpLink {
  ifname: string;
  address: string;
  mtu: number;
  txqlen: number;
  flags: string[];
  operstate: string;
  master?: string;
  linkinfo?: { info_kind?: string; info_slave_data?: { hairpin?: boolean; isolated?: boolean } };
  addr_info?: { local: string; prefixlen: number; scope: string; tentative?: boolean }[];
}

interface IpRoute {
  dst: string;
  gateway?: string;
  dev: string;
}

/** The link of that name with its addresses; undefined where there is none. */
export async function link(namespace: Namespace, name: string): Promise<IpLink | undefined> {
  return (await namespace.ipJson<IpLink[]>("address show")).find((link) => link.ifname === name);
}

/** Global addresses of a link, in CIDR notation. */
export async function addresses(namespace: Namespace, name: string): Promise<string[]> {
  const found = (await link(namespace, name))?.addr_info ?? [];
  return found.filter((address) => address.scope === "global").map(({ local, prefixlen }) => `${local}/${prefixlen}`)
    .sort();
}

/** Gateway of the default route of a family; undefined where there is none. */
export async function defaultGateway(namespace: Namespace, family: 4 | 6): Promise<string | undefined> {
  const routes = await namespace.ipJson<IpRoute[]>(`-${family} route show default`);
  return routes[0]?.gateway;
}

/**
 * Asserts that a result (0.3.0 or later) of a main plugin is what the kernel has: the container's interface with MAC,
 * addresses and routes, and every host interface that it names.
 */
export async function assertMatchesKernel(result: Result, node: Node, pod: Namespace, ifname: string): Promise<void> {
  const inside = await link(pod, ifname);
  if (inside === undefined) throw new Error(`the pod has no ${ifname}`);
  assert(inside.flags.includes("UP"), `${ifname} is not up: ${inside.flags}`);
  const index = result.interfaces?.findIndex((entry) => entry.name === ifname && entry.sandbox === pod.path) ?? -1;
  assert(index >= 0, `the result does not name ${ifname}: ${JSON.stringify(result.interfaces)}`);
  assertEquals(result.interfaces?.[index]?.mac, inside.address);
  const told = result.ips?.filter((ip) => ip.interface === index).map((ip) => ip.address).sort();
  assertEquals(told, await addresses(pod, ifname));
  for (const entry of result.interfaces ?? []) {
    if (entry.sandbox) continue;
    assertEquals((await link(node.namespace, entry.name))?.address, entry.mac, `MAC of ${entry.name}`);
  }
  for (const route of result.routes ?? []) await assertRoute(pod, route, result);
}

async function assertRoute(pod: Namespace, route: { dst: string; gw?: string }, result: Result): Promise<void> {
  const family = route.dst.includes(":") ? 6 : 4;
  const wanted = /^(0\.0\.0\.0|::)\/0$/.test(route.dst) ? "default" : route.dst;
  const gateways = result.ips?.filter((ip) => ip.address.includes(":") === (family === 6)).map((ip) => ip.gateway) ??
    [];
  const found = (await pod.ipJson<IpRoute[]>(`-${family} route show`)).filter((entry) => entry.dst === wanted);
  const right = found.some((entry) => route.gw ? entry.gateway === route.gw : gateways.includes(entry.gateway));
  assert(right, `the pod has no route ${JSON.stringify(route)}: ${JSON.stringify(found)}`);
}
