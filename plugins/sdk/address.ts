// Addresses and prefixes as text, and the arithmetic on them that plugins need. Text in is valid (see `fields.ts`).

import { containsCidr, overlapCidr, parseCidr } from "cidr-tools";
import { normalizeIp, parseIp, stringifyIp } from "ip-bigint";
import { isIpv4, rangeOfIpv4, readIpv4, writeIpv4 } from "./ipv4.ts";

/** 4 or 6. */
export type Family = 4 | 6;

/** Family of an address or a prefix. */
export function familyOf(text: string): Family {
  return text.includes(":") ? 6 : 4;
}

/** `32` or `128`. */
export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** The address before the slash, in its shortest form. */
export function addressOf(cidr: string): string {
  const slash = cidr.indexOf("/");
  return canonicalAddress(slash === -1 ? cidr : cidr.slice(0, slash));
}

/** The number after the slash; of a bare address, all bits. */
export function prefixLengthOf(cidr: string): number {
  const slash = cidr.indexOf("/");
  return slash === -1 ? bitsOf(familyOf(cidr)) : Number(cidr.slice(slash + 1));
}

/** An address in the form that the kernel prints: lower case, zeros compressed; an IPv4-mapped one as IPv4. */
export function canonicalAddress(address: string): string {
  return isIpv4(address) ? address : normalizeIp(address, { mapv4: true });
}

/** An address with its prefix length, the address canonical and its host bits kept. */
export function canonicalCidr(cidr: string): string {
  return `${addressOf(cidr)}/${prefixLengthOf(cidr)}`;
}

/** The network that an address with a prefix length is in: `10.1.0.5/16` to `10.1.0.0/16`. */
export function networkOf(cidr: string): string {
  const range = rangeOfIpv4(cidr);
  if (range !== undefined) return `${writeIpv4(range[0])}/${prefixLengthOf(cidr)}`;
  const { start, version } = parseCidr(cidr);
  return `${stringifyIp({ number: start, version })}/${prefixLengthOf(cidr)}`;
}

/** First address of a network after the network's own: the gateway by convention. */
export function firstAddressOf(cidr: string): string {
  const range = rangeOfIpv4(cidr);
  if (range !== undefined) return writeIpv4(range[0] + 1);
  const { start, version } = parseCidr(cidr);
  return stringifyIp({ number: start + 1n, version });
}

/** An address of a network, by its number: 0 is the network's own. Up to 2^53. */
export function nthAddressOf(cidr: string, number: number): string {
  const range = rangeOfIpv4(cidr);
  if (range !== undefined) return writeIpv4(range[0] + number);
  const { start, version } = parseCidr(cidr);
  return stringifyIp({ number: start + BigInt(number), version });
}

/** Last address of a network that can be given: without the broadcast address in IPv4. */
export function lastAddressOf(cidr: string): string {
  const range = rangeOfIpv4(cidr);
  if (range !== undefined) return writeIpv4(range[1] - 1);
  const { end, version } = parseCidr(cidr);
  return stringifyIp({ number: version === 4 ? end - 1n : end, version });
}

/** Below zero, zero or above, as `a` is before, at or after `b`. Same family. */
export function compareAddresses(a: string, b: string): number {
  const left = readIpv4(a) ?? parseIp(a).number;
  const right = readIpv4(b) ?? parseIp(b).number;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function sameAddress(a: string, b: string): boolean {
  return familyOf(a) === familyOf(b) && compareAddresses(a, b) === 0;
}

/** Whether the network holds the address (or all of the other network). */
export function contains(network: string, address: string): boolean {
  const [outer, inner] = [rangeOfIpv4(network), rangeOfIpv4(address)];
  if (outer !== undefined && inner !== undefined) return outer[0] <= inner[0] && inner[1] <= outer[1];
  return familyOf(network) === familyOf(address) && containsCidr(network, address);
}

/** Whether the networks have an address in common. */
export function overlaps(a: string, b: string): boolean {
  const [one, other] = [rangeOfIpv4(a), rangeOfIpv4(b)];
  if (one !== undefined && other !== undefined) return one[0] <= other[1] && other[0] <= one[1];
  return familyOf(a) === familyOf(b) && overlapCidr(a, b);
}

/** Whether it is an IPv6 link-local address (RFC 4291, 2.5.6), which the kernel gives by itself. */
export function isLinkLocal(cidr: string): boolean {
  return familyOf(cidr) === 6 && containsCidr("fe80::/10", addressOf(cidr));
}
