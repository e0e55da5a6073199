// Ranges as the configuration writes them, made complete and checked against each other.

import * as v from "valibot";
import type { Range } from "cnidaria:cni/leases@0.3.0";
import {
  addressOf,
  bitsOf,
  canonicalCidr,
  compareAddresses,
  contains,
  familyOf,
  fields,
  firstAddressOf,
  invalidConfig,
  lastAddressOf,
  networkOf,
  prefixLengthOf,
} from "../sdk/mod.ts";

/** A range as it is written: everything but the subnet has a default. */
export const rangeSchema = fields.object({
  subnet: fields.cidr,
  rangeStart: v.exactOptional(fields.address),
  rangeEnd: v.exactOptional(fields.address),
  gateway: v.exactOptional(fields.address),
}, "an object with a subnet");

export type RangeConfig = v.InferOutput<typeof rangeSchema>;

/** Ranges of one address, with the key that they stand under (`ipam.ranges[0]`), for messages. */
export interface RangeSet {
  readonly key: string;
  readonly ranges: readonly Range[];
}

/**
 * Fills in a range: first and last from the subnet (without the IPv4 broadcast address), gateway the first address.
 *
 * @param key where it stands: `ipam.ranges[0][1]`
 * @throws {CniError} code 7 naming the key that does not fit
 */
export function completeRange(config: RangeConfig, key: string): Range {
  const subnet = canonicalCidr(config.subnet);
  const network = networkOf(subnet);
  if (subnet !== network) {
    throw invalidConfig(`${key}.subnet has host bits set: ${config.subnet}, the network is ${network}`);
  }
  if (prefixLengthOf(subnet) > bitsOf(familyOf(subnet)) - 2) {
    throw invalidConfig(`${key}.subnet is too small to lease addresses from: ${config.subnet}`);
  }
  const first = config.rangeStart ?? firstAddressOf(subnet);
  const last = config.rangeEnd ?? lastAddressOf(subnet);
  for (const [name, value] of [["rangeStart", first], ["rangeEnd", last]] as const) {
    if (!contains(subnet, value)) throw invalidConfig(`${key}.${name} is outside of subnet ${subnet}: ${value}`);
  }
  if (compareAddresses(first, last) > 0) {
    throw invalidConfig(`${key}.rangeStart is after rangeEnd: ${first} is after ${last}`);
  }
  if (config.gateway !== undefined && familyOf(config.gateway) !== familyOf(subnet)) {
    throw invalidConfig(`${key}.gateway is not of the family of subnet ${subnet}: ${config.gateway}`);
  }
  return { subnet, first, last, gateway: config.gateway ?? firstAddressOf(subnet) };
}

/** A range set, complete. @throws {CniError} code 7 */
export function completeRangeSet(configs: readonly RangeConfig[], key: string): RangeSet {
  if (configs.length === 0) throw invalidConfig(`${key} must have a range, but is []`);
  const ranges = configs.map((config, index) => completeRange(config, `${key}[${index}]`));
  const family = familyOf(ranges[0]!.subnet);
  const odd = ranges.findIndex((range) => familyOf(range.subnet) !== family);
  if (odd > 0) {
    throw invalidConfig(`${key} mixes address families: ${ranges[0]!.subnet} and ${ranges[odd]!.subnet}`);
  }
  const set = { key, ranges };
  refuseOverlaps(ranges.map((range, index) => [`${key}[${index}]`, range]));
  return set;
}

/** @throws {CniError} code 7 naming the two sets that share an address */
export function refuseOverlappingSets(sets: readonly RangeSet[]): void {
  for (const [at, set] of sets.entries()) {
    for (const other of sets.slice(at + 1)) {
      for (const range of set.ranges) {
        const hit = other.ranges.find((candidate) => rangesOverlap(range, candidate));
        if (hit !== undefined) throw overlapping(set.key, range, other.key, hit);
      }
    }
  }
}

function refuseOverlaps(named: readonly [string, Range][]): void {
  for (const [at, [key, range]] of named.entries()) {
    const hit = named.slice(at + 1).find(([, other]) => rangesOverlap(range, other));
    if (hit !== undefined) throw overlapping(key, range, hit[0], hit[1]);
  }
}

function overlapping(key: string, range: Range, otherKey: string, other: Range) {
  return invalidConfig(`${key} overlaps ${otherKey}: ${range.first}-${range.last} and ${other.first}-${other.last}`);
}

function rangesOverlap(a: Range, b: Range): boolean {
  return familyOf(a.first) === familyOf(b.first) && compareAddresses(a.first, b.last) <= 0 &&
    compareAddresses(b.first, a.last) <= 0;
}

/** Whether the range gives that address (the gateway aside). */
export function rangeHolds(range: Range, address: string): boolean {
  return familyOf(range.first) === familyOf(address) &&
    compareAddresses(range.first, address) <= 0 && compareAddresses(address, range.last) <= 0;
}

/** The address with the prefix length of the range's subnet. */
export function withPrefix(range: Range, address: string): string {
  return `${addressOf(address)}/${prefixLengthOf(range.subnet)}`;
}
