// IP addresses and networks as numbers, for arithmetic on them. What is formatted here is safe to put into a command or
// a key.

import { parseIp, stringifyIp } from "ip-bigint";
import { versionOf } from "./sys/ip_address.ts";

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

/** Bits of an address of the family. */
export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/**
 * Reads an address: dotted decimal without leading zeros, or the text forms of RFC 4291 section 2.2 without a zone.
 * Undefined for anything else.
 */
export function parseAddress(text: string): IpAddress | undefined {
  const family = versionOf(text);
  return family === 0 ? undefined : { family, number: parseIp(text).number };
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
