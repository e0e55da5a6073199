// valibot schemas for the values that CNI configurations are made of. Each says what was expected.

import * as v from "valibot";
import { canonicalAddress, familyOf } from "./address.ts";
import { isIpv4 } from "./ipv4.ts";
import { object } from "./object_schema.ts";

export { object };

const IPV6_TEXT = v.pipe(v.string(), v.ipv6());

function isAddress(text: string): boolean {
  return familyOf(text) === 4 ? isIpv4(text) : v.is(IPV6_TEXT, text);
}

function isCidr(text: string): boolean {
  const parts = /^([^/]+)\/(\d{1,3})$/.exec(text);
  return parts !== null && isAddress(parts[1]!) && Number(parts[2]) <= (familyOf(parts[1]!) === 4 ? 32 : 128);
}

/** An IPv4 or IPv6 address; comes out canonical. */
export const address = v.pipe(
  v.string("an IP address"),
  v.check(isAddress, "an IP address"),
  v.transform(canonicalAddress),
);

/** An address with a prefix length. */
export const cidr = v.pipe(v.string("CIDR notation, as 10.1.0.0/16"), v.check(isCidr, "CIDR notation, as 10.1.0.0/16"));

/** An address, or an address with a prefix length, which is dropped; comes out canonical. */
export const addressOrCidr = v.pipe(
  v.string("an IP address"),
  v.check((text) => isAddress(text) || isCidr(text), "an IP address"),
  v.transform((text) => canonicalAddress(text.split("/")[0]!)),
);

const MAC = "a MAC address, as 02:00:0a:01:00:05";

/** An Ethernet address; comes out in lower case. */
export const mac = v.pipe(
  v.string(MAC),
  v.regex(/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i, MAC),
  v.transform((text) => text.toLowerCase().replaceAll("-", ":")),
);

/** An Ethernet address, or the empty string for none. */
export const macOrNone = v.union([v.literal(""), mac], MAC);

/** A name of a network interface (dev_valid_name in net/core/dev.c). */
export const linkName = v.pipe(
  v.string("an interface name of 1 to 15 bytes"),
  v.check(
    (name) => /^[!-.0-9;-~]{1,15}$/.test(name) && name !== "." && name !== "..",
    "an interface name of 1 to 15 bytes without slash, colon or space",
  ),
);

/** A name of a network interface, or the empty string for none. */
export const linkNameOrNone = v.union([v.literal(""), linkName], "an interface name of 1 to 15 bytes");

/** An integer within bounds. */
export function integer(least: number, most: number) {
  const expected = `an integer from ${least} to ${most}`;
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected));
}

/** Bytes; 0 leaves it to the kernel. Least and most are those of IPv4 (RFC 791) and the kernel's ETH_MAX_MTU. */
export const mtu = v.pipe(
  v.number("an integer from 68 to 65535, or 0 for the kernel's choice"),
  v.check(
    (bytes) => bytes === 0 || (Number.isInteger(bytes) && bytes >= 68 && bytes <= 65535),
    "an integer from 68 to 65535, or 0 for the kernel's choice",
  ),
);

export const flag = v.boolean("true or false");
export const text = v.string("a string");

/** `dns` of a configuration or of an IPAM section. */
export const dns = object({
  nameservers: v.optional(v.array(text, "a list of strings"), []),
  domain: v.exactOptional(text),
  search: v.optional(v.array(text, "a list of strings"), []),
  options: v.optional(v.array(text, "a list of strings"), []),
}, "an object");

/** An entry of `routes`. */
export const route = object({
  dst: cidr,
  gw: v.exactOptional(address),
  mtu: v.exactOptional(integer(0, 65535)),
  advmss: v.exactOptional(integer(0, 65535)),
  priority: v.exactOptional(integer(0, 4294967295)),
  table: v.exactOptional(integer(0, 4294967295)),
  scope: v.exactOptional(integer(0, 255)),
}, "an object with dst and, where needed, gw");
