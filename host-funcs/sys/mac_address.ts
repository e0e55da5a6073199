// MAC addresses, as text and as bytes.

import { HostCallError } from "../error.ts";

/**
 * Six bytes of `02:00:00:00:00:01`; the digits in either case.
 *
 * @throws {HostCallError} `invalid`
 */
export function parseMac(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) {
    throw new HostCallError(
      "invalid",
      `Cannot use "${text}" as a MAC address as it is not six pairs of hexadecimal digits: 02:00:00:00:00:01`,
    );
  }
  const bytes = new Uint8Array(6);
  for (let at = 0; at < 6; at++) bytes[at] = Number.parseInt(text.slice(at * 3, at * 3 + 2), 16);
  return bytes;
}

/** Lower case, colon separated. An address of another length (InfiniBand, tunnels) comes out in the same form. */
export function formatMac(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (text && ":") + byte.toString(16).padStart(2, "0");
  return text;
}

/** A random address: unicast, locally administered. */
export function randomMac(): Uint8Array<ArrayBuffer> {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  bytes[0] = bytes[0]! & 0xfe | 0x02;
  return bytes;
}
