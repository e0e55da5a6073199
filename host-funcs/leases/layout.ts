// The ranges of a pool as numbers, and which of their addresses can be given.

import type { Pool, Range } from "cnidaria:cni/leases@0.3.0";
import { HostCallError } from "../error.ts";
import { type Family, formatAddress, type IpNetwork, parseAddress, parseNetwork } from "../ip_number.ts";

/** An interval of addresses, both ends included. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

export interface RangeLayout extends Interval {
  readonly network: IpNetwork;
  /** Inside the interval, but never given, with the reason for each; by number. */
  readonly reserved: ReadonlyMap<bigint, string>;
}

export interface Layout {
  readonly family: Family;
  readonly ranges: readonly RangeLayout[];
  /** The ranges as text: the same for the same ranges. */
  readonly key: string;
}

/** @throws {HostCallError} `invalid`, if a range is malformed, empty, of another family, or overlaps another */
export function layoutOf(ranges: readonly Range[]): Layout {
  if (ranges.length === 0) throw invalid("a pool needs at least one range", "[]");
  const layouts = ranges.map(rangeLayout);
  const family = layouts[0]!.network.family;
  layouts.forEach((layout, index) => {
    const subnet = ranges[index]!.subnet;
    if (layout.network.family !== family) throw invalid("its ranges are of both IP families", subnet);
    const clash = layouts.findIndex((other) => other.first <= layout.last && layout.first <= other.last);
    if (clash < index) throw invalid(`two of its ranges overlap`, `${ranges[clash]!.subnet}, ${subnet}`);
  });
  const key = JSON.stringify(
    ranges.map(({ subnet, first, last, gateway }) => ({
      subnet,
      first,
      last,
      ...gateway === undefined ? {} : { gateway },
    })),
  );
  return { family, ranges: layouts, key };
}

/** The layout that a `key` came from. */
export function layoutOfKey(key: string): Layout {
  return layoutOf(JSON.parse(key) as Pool["ranges"]);
}

/** Index of the range with that address; undefined where there is none. The address may be reserved. */
export function rangeOf(layout: Layout, family: Family, address: bigint): number | undefined {
  if (layout.family !== family) return undefined;
  const index = layout.ranges.findIndex(({ first, last }) => first <= address && address <= last);
  return index === -1 ? undefined : index;
}

/** How many addresses can be given. */
export function sizeOf(layout: Layout): bigint {
  return layout.ranges.reduce((sum, { first, last, reserved }) => sum + last - first + 1n - BigInt(reserved.size), 0n);
}

/** The interval without those addresses, which are ascending. */
export function withoutAddresses(interval: Interval, addresses: Iterable<bigint>): Interval[] {
  const left: Interval[] = [];
  let first = interval.first;
  for (const address of addresses) {
    if (address < first || address > interval.last) continue;
    if (address > first) left.push({ first, last: address - 1n });
    first = address + 1n;
  }
  if (first <= interval.last) left.push({ first, last: interval.last });
  return left;
}

/**
 * Text of a fixed length that sorts as the address does, and the way back. (SQLite has no integers of 128 bits, and a
 * text can be read in a dump.)
 */
export function toSortable(family: Family, address: bigint): string {
  return address.toString(16).padStart(family === 4 ? 8 : 32, "0");
}

export function fromSortable(text: string): bigint {
  return BigInt(`0x${text}`);
}

function rangeLayout(range: Range): RangeLayout {
  const network = parseNetwork(range.subnet);
  if (network === undefined) throw invalid("its subnet is not in CIDR notation", range.subnet);
  const first = addressIn(network, "first", range.first, range.subnet);
  const last = addressIn(network, "last", range.last, range.subnet);
  if (first > last) throw invalid("a range ends before it starts", `${range.first} to ${range.last}`);
  const reserved = new Map<bigint, string>();
  const reserve = (address: bigint, reason: string) => {
    if (first <= address && address <= last) reserved.set(address, reason);
  };
  if (network.family === 4 && network.prefix < 31) {
    reserve(network.first, `the network address of ${range.subnet}`);
    reserve(network.last, `the broadcast address of ${range.subnet}`);
  }
  // RFC 4291 section 2.6.1; a /127 has none (RFC 6164).
  if (network.family === 6 && network.prefix < 127) {
    reserve(network.first, `the subnet-router anycast address of ${range.subnet}`);
  }
  if (range.gateway !== undefined) {
    const gateway = parseAddress(range.gateway);
    if (gateway === undefined) throw invalid("its gateway is no address", range.gateway);
    if (gateway.family === network.family) reserve(gateway.number, `the gateway of ${range.subnet}`);
  }
  return { network, first, last, reserved };
}

function addressIn(network: IpNetwork, what: string, text: string, subnet: string): bigint {
  const address = parseAddress(text);
  if (address?.family !== network.family || address.number < network.first || address.number > network.last) {
    throw invalid(`the ${what} address of a range is not in its subnet ${subnet}`, text);
  }
  return address.number;
}

function invalid(reason: string, value: string): HostCallError {
  return new HostCallError("invalid", `Cannot lease an address from the pool as ${reason}: ${value}`);
}

/** `10.1.0.0/24 (10.1.0.10 to 10.1.0.20)`, for messages. */
export function describeRanges(layout: Layout): string {
  return layout.ranges.map(({ network, first, last }) => {
    const text = (address: bigint) => formatAddress(layout.family, address);
    return `${text(network.first)}/${network.prefix} (${text(first)} to ${text(last)})`;
  }).join(", ");
}
