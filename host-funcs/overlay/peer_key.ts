// A peer in one family, as one text: `ipv4 node-2`. Pure.

import type { Family } from "cnidaria:cni/controller@0.3.0";
import type { OverlayError } from "./report.ts";

export function peerKey(family: Family, name: string): string {
  return `${family} ${name}`;
}

export function isOf(family: Family, key: string): boolean {
  return key.startsWith(`${family} `);
}

/** The peer's name. */
export function nameOf(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}

export function errorOf(key: string, message: string): OverlayError {
  return { peer: nameOf(key), family: isOf("ipv4", key) ? "ipv4" : "ipv6", message };
}
