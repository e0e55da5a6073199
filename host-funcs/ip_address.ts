// IP addresses as numbers, read strictly: what comes out of here is safe to print into a command or a key.

import { parseIp, stringifyIp } from "ip-bigint";

/** 4 or 6. */
export type Family = 4 | 6;

export interface IpAddress {
  readonly family: Family;
  readonly number: bigint;
}

export interface IpNetwork {
  readonly family: Family;
  /** First and last address of the network. */
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const hexGroup = /^[0-9a-fA-F]{1,4}$/;

/** Bits of an address of the family. */
export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/**
 * Reads an address: dotted decimal without leading zeros, or the text forms of RFC 4291 section 2.2 without a zone.
 * Undefined for anything else.
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (ipv4.test(text)) return { family: 4, number: parseIp(text).number };
  return isIpv6(text) ? { family: 6, number: parseIp(text).number } : undefined;
}

/** The canonical text: dotted decimal, or RFC 5952. */
export function formatAddress(family: Family, number: bigint): string {
  return stringifyIp({ number, version: family });
}

/** Reads CIDR notation; host bits may be set. Undefined for anything else. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(text.slice(0, Math.max(slash, 0)));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  const { family, number } = address;
  const prefix = Number(length);
  if (prefix > bitsOf(family)) return undefined;
  const hostBits = BigInt(bitsOf(family) - prefix);
  const first = (number >> hostBits) << hostBits;
  return { family, first, last: first + (1n << hostBits) - 1n, prefix };
}

/** CIDR notation with the host bits cleared. */
export function formatNetwork(network: IpNetwork): string {
  return `${formatAddress(network.family, network.first)}/${network.prefix}`;
}

function isIpv6(text: string): boolean {
  if (text.length > 45 || text.includes(":::")) return false;
  const gap = text.indexOf("::");
  if (gap !== text.lastIndexOf("::")) return false;
  if (gap === -1) return countGroups(text, true) === 8;
  const head = countGroups(text.slice(0, gap), false);
  const tail = countGroups(text.slice(gap + 2), true);
  // RFC 5952 section 4.2.2 would write a single zero group out; RFC 4291 allows it compressed.
  return head + tail <= 7;
}

/** How many groups of 16 bits a run without `::` has; too many to be valid where one of them is malformed. */
function countGroups(text: string, dottedEnd: boolean): number {
  if (text === "") return 0;
  const groups = text.split(":");
  const end = groups.at(-1) ?? "";
  const dotted = dottedEnd && ipv4.test(end);
  const plain = dotted ? groups.slice(0, -1) : groups;
  return plain.every((group) => hexGroup.test(group)) ? groups.length + (dotted ? 1 : 0) : 9;
}
