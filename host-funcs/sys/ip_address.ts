// IP addresses and prefixes, as text and as bytes. Text is read strictly: `ip-bigint` takes anything with a dot or a
// colon in it, so the form is checked before.

import { parseIp, stringifyIp } from "ip-bigint";
import { HostCallError } from "../error.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

export interface IpAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  /** 4 or 16 bytes, network order. */
  readonly bytes: Uint8Array;
}

export interface IpPrefix extends IpAddress {
  readonly prefixLength: number;
}

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** 4 or 6 for the text of an address without zone and prefix length; 0 for any other text. */
export function versionOf(text: string): 4 | 6 | 0 {
  return IPV4.test(text) ? 4 : isIpv6(text) ? 6 : 0;
}

/**
 * `10.1.0.5` or `2001:db8::5`; no zone, no prefix length.
 *
 * @throws {HostCallError} `invalid`
 */
export function parseAddress(text: string): IpAddress {
  const version = versionOf(text);
  if (version === 0) {
    throw new HostCallError("invalid", `Cannot use "${text}" as an IP address as it is neither IPv4 nor IPv6`);
  }
  if (version === 4) return { family: AF_INET, bytes: new Uint8Array(text.split(".").map(Number)) };
  let { number } = parseIp(text);
  const bytes = new Uint8Array(16);
  for (let at = bytes.length - 1; number > 0n; at--, number >>= 8n) bytes[at] = Number(number & 0xffn);
  return { family: AF_INET6, bytes };
}

/**
 * `10.1.0.5/16`; the bits after the prefix are kept.
 *
 * @throws {HostCallError} `invalid`
 */
export function parseCidr(text: string): IpPrefix {
  const [, addressText, lengthText] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  if (addressText === undefined) {
    throw new HostCallError("invalid", `Cannot use "${text}" as it is not in CIDR notation: 10.1.0.5/16`);
  }
  const address = parseAddress(addressText);
  const prefixLength = Number(lengthText);
  if (prefixLength > address.bytes.length * 8) {
    throw new HostCallError(
      "invalid",
      `Cannot use "${text}" as its prefix length is above ${address.bytes.length * 8}`,
    );
  }
  return { ...address, prefixLength };
}

/** The usual text: IPv6 as RFC 5952 wants it. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  let number = 0n;
  for (const byte of bytes) number = number << 8n | BigInt(byte);
  return stringifyIp({ number, version: 6 });
}

/** The address with the bits after the prefix set to zero, as routes have it. */
export function networkOf({ bytes, prefixLength, family }: IpPrefix): IpPrefix {
  const masked = bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixLength - at * 8))));
  return { family, bytes: masked, prefixLength };
}

function isIpv6(text: string): boolean {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"));
  let count = groups.length;
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) continue;
    if (index !== groups.length - 1 || text.endsWith("::") || !IPV4.test(group)) return false;
    count++;
  }
  return halves.length === 2 ? count <= 7 : count === 8;
}
