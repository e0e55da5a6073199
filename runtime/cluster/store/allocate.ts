// Which subnet a node may have: one of the range that nobody uses. Pure; taking it is the store's to do, atomically.

import { bitsOf, formatNetwork, type IpNetwork, parseAddress, parseNetwork } from "../../../host-funcs/ip_number.ts";
import type { NetworkRange } from "../network_config.ts";

/** As many are looked at, and one of them is chosen by chance, as Flannel does: nodes that start at once seldom meet. */
const CHOICES = 100;

/** @returns a whole number from 0 to less than `count` */
export type Chance = (count: number) => number;

export const byChance: Chance = (count) => Math.floor(Math.random() * count);

/** Whether a subnet is one that the range may give: its length, and its place. */
export function fits(range: NetworkRange, subnet: string): boolean {
  const network = parseNetwork(subnet);
  const bounds = boundsOf(range);
  return network !== undefined && network.family === bounds.family && network.prefix === range.subnetLength &&
    network.first >= bounds.first && network.first <= bounds.last;
}

/** Whether two subnets in CIDR notation have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)];
  return a !== undefined && b !== undefined && a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/**
 * Chooses a subnet of the range that overlaps none of those used.
 *
 * @param used subnets in CIDR notation, of any length and family
 * @returns CIDR notation, canonical; undefined where none is free
 */
export function chooseSubnet(
  range: NetworkRange,
  used: readonly string[],
  chance: Chance = byChance,
): string | undefined {
  const { family, first, last } = boundsOf(range);
  const size = 1n << BigInt(bitsOf(family) - range.subnetLength);
  const taken = used.map(parseNetwork)
    .filter((network): network is IpNetwork => network?.family === family)
    .sort((a, b) => a.first < b.first ? -1 : 1);
  const free: bigint[] = [];
  let next = 0;
  for (let at = first; at <= last && free.length < CHOICES;) {
    while (next < taken.length && taken[next]!.last < at) next++;
    const other = taken[next];
    if (other !== undefined && other.first < at + size) {
      // The first subnet that begins behind it.
      at = (other.last / size + 1n) * size;
      continue;
    }
    free.push(at);
    at += size;
  }
  const chosen = free[chance(free.length)];
  if (chosen === undefined) return undefined;
  return formatNetwork({ family, first: chosen, last: chosen + size - 1n, prefix: range.subnetLength });
}

function boundsOf({ first, last }: NetworkRange) {
  const { family, number } = parseAddress(first)!;
  return { family, first: number, last: parseAddress(last)!.number };
}
