// Where in a network a name leads.

import { bitsOf, familyOf, nthAddressOf, prefixLengthOf } from "@cnidaria/sdk";

/** No network is so large that names need more: addresses beyond are never given by name. */
const MOST_BITS = 32;

/**
 * The address that a name leads to, or one so many places after it. Never the network's own, the first, which is the
 * gateway's by convention, or the last.
 *
 * @param subnet of 8 addresses or more
 */
export function addressOfName(subnet: string, name: string, offset: number): string {
  const bits = Math.min(bitsOf(familyOf(subnet)) - prefixLengthOf(subnet), MOST_BITS);
  const places = 2 ** bits - 3;
  return nthAddressOf(subnet, 2 + (hashOf(name) + offset) % places);
}

/** FNV-1a, 32 bits (RFC 9923). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** A component has the language, and nothing of a browser's or Deno's: no TextEncoder. */
function utf8(text: string): number[] {
  return [...encodeURIComponent(text).matchAll(/%(..)|(.)/g)].map(([, hex, character]) =>
    hex === undefined ? character!.charCodeAt(0) : parseInt(hex, 16)
  );
}
