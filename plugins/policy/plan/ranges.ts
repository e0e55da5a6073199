// Networks with exceptions, as ranges of which none overlaps another: what an interval set wants.

import { type Address, isSameFamily, readPrefix, writeAddress } from "../../sdk/prefix.ts";
import type { Peer } from "../parsed_policy.ts";

type Range = readonly [first: Address, last: Address];
type NetworkPeer = Extract<Peer, { kind: "network" }>;

/** Their union, family by family, sorted: `10.0.0.0-10.0.0.9`. */
export function rangesOf(networks: readonly NetworkPeer[]): { readonly ipv4: string[]; readonly ipv6: string[] } {
  const all = networks.flatMap(withoutExceptions);
  const family = (isIpv4: boolean) => merge(all.filter(([first]) => (typeof first === "number") === isIpv4)).map(text);
  return { ipv4: family(true), ipv6: family(false) };
}

function withoutExceptions({ cidr, except }: NetworkPeer): Range[] {
  const whole = readPrefix(cidr)!;
  const holes = except.map((text) => readPrefix(text)!).sort((one, other) => compare(one.first, other.first));
  const ranges: Range[] = [];
  let from: Address | undefined = whole.first;
  for (const { first, last } of holes) {
    if (from === undefined) break;
    if (!isSameFamily(first, from) || compare(last, from) < 0) continue;
    if (compare(first, from) > 0) ranges.push([from, before(first)!]);
    from = compare(last, whole.last) < 0 ? after(last) : undefined;
  }
  if (from !== undefined) ranges.push([from, whole.last]);
  return ranges;
}

function merge(ranges: Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of ranges.sort(([one], [other]) => compare(one, other))) {
    const latest = merged.at(-1);
    const next = latest && after(latest[1]);
    // What touches is one range: the kernel would join it anyway.
    if (latest === undefined || next !== undefined && compare(range[0], next) > 0) merged.push(range);
    else if (compare(range[1], latest[1]) > 0) merged[merged.length - 1] = [latest[0], range[1]];
  }
  return merged;
}

function text([first, last]: Range): string {
  return first === last ? writeAddress(first) : `${writeAddress(first)}-${writeAddress(last)}`;
}

function compare(one: Address, other: Address): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The next address; undefined after the last of all. */
function after(address: Address): Address | undefined {
  if (typeof address === "number") return address === 0xffffffff ? undefined : address + 1;
  for (let at = 7; at >= 0; at--) {
    const group = address.charCodeAt(at);
    if (group < 0xffff) return address.slice(0, at) + String.fromCharCode(group + 1) + "\0".repeat(7 - at);
  }
  return undefined;
}

function before(address: Address): Address | undefined {
  if (typeof address === "number") return address === 0 ? undefined : address - 1;
  for (let at = 7; at >= 0; at--) {
    const group = address.charCodeAt(at);
    if (group > 0) return address.slice(0, at) + String.fromCharCode(group - 1) + "\uffff".repeat(7 - at);
  }
  return undefined;
}
