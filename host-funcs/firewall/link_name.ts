// Names of links as keys of sets (type ifname).

import { HostCallError } from "../error.ts";

/** Bytes of a name in a key: IFNAMSIZ. */
export const NAME_LENGTH = 16;

/**
 * The name, which is one that links have.
 *
 * @param doing what it is for: `check the MAC of a link`
 * @throws {HostCallError} `invalid`
 */
export function linkName(name: string, doing: string): string {
  // The kernel allows more characters; nobody's links have them, and messages and other programs quote them badly.
  if (/^[A-Za-z0-9_.-]{1,15}$/.test(name) && name !== "." && name !== "..") return name;
  throw new HostCallError(
    "invalid",
    `Cannot ${doing} as its name is not 1 to 15 letters, digits, dots, dashes and underscores: ${
      JSON.stringify(name.slice(0, 40))
    }`,
  );
}

/** The name, and zeros up to `length`. */
export function nameBytes(name: string, length = NAME_LENGTH): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
}

/** The name that a key begins with. */
export function nameOf(key: Uint8Array): string {
  return new TextDecoder().decode(key.subarray(0, NAME_LENGTH)).replace(/\0.*$/s, "");
}
