// The elements of the kernel's maps that a port map is.

import { type Family, formatAddress, parseAddress } from "../ip_number.ts";
import { bytesOf } from "../firewall/masquerade_rule.ts";
import type { ElementChange, ElementKey } from "../sys/nftables_elements.ts";
import { type CanonicalMap, PROTOCOL_NUMBERS } from "./port_map.ts";
import { chainOf, portsTable } from "./rules.ts";
import { NO_SOURCES } from "./sources.ts";

/** IFNAMSIZ. */
const NAME_LENGTH = 16;

type Addition = Extract<ElementChange, { add: ElementKey }>;

/** The elements of a port map, and of the sources that are masqueraded on their way. */
export function elementsOf(map: CanonicalMap, sources: string): Addition[] {
  const { family, hostAddress, protocol, hostPort, address, containerPort } = map;
  const suffix = `${hostAddress === undefined ? "" : "-at"}${family}`;
  const key = concatenated(
    ...hostAddress === undefined ? [] : [addressBytes(hostAddress)],
    Uint8Array.of(PROTOCOL_NUMBERS[protocol]),
    portBytes(hostPort),
  );
  const mapped: Addition = {
    add: place(`mapped${suffix}`, key),
    data: concatenated(addressBytes(address), portBytes(containerPort)),
  };
  if (sources === NO_SOURCES) return [mapped];
  return [mapped, { add: place(`marked${suffix}`, key), chain: chainOf(family, sources) }];
}

/** Where the kernel has the elements of a port map, whatever it leads to. */
export function placesOf(map: CanonicalMap): ElementKey[] {
  return elementsOf(map, "0:").map(({ add }) => add);
}

/** Where the kernel has a link whose 127.0.0.0/8 is guarded. */
export function linkElement(link: string): ElementKey {
  const key = new Uint8Array(NAME_LENGTH);
  key.set(new TextEncoder().encode(link));
  return place("localnet", key);
}

/** Every set of the table, with what an element of it is: `map of tcp port 8080 of 192.0.2.1`. */
export const PORT_SETS: readonly (Omit<ElementKey, "key"> & { readonly text: (key: Uint8Array) => string })[] = [
  ...([4, 6] as const).flatMap((family) => [
    { ...set(`mapped${family}`), text: (key: Uint8Array) => `map of ${portText(key)} (IPv${family})` },
    { ...set(`mapped-at${family}`), text: (key: Uint8Array) => `map of ${portAtText(family, key)}` },
    { ...set(`marked${family}`), text: (key: Uint8Array) => `masquerade to ${portText(key)} (IPv${family})` },
    { ...set(`marked-at${family}`), text: (key: Uint8Array) => `masquerade to ${portAtText(family, key)}` },
  ]),
  { ...set("localnet"), text: (key) => `guard of 127.0.0.0/8 on link ${nameText(key)}` },
];

function set(name: string): Omit<ElementKey, "key"> {
  return { family: "inet", table: portsTable, set: name };
}

function place(name: string, key: Uint8Array): ElementKey {
  return { ...set(name), key };
}

/** Each part is padded to 4 bytes. */
function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + padded(part.length), 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += padded(part.length);
  }
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function addressBytes(address: string): Uint8Array {
  const { family, number } = parseAddress(address)!;
  return bytesOf(family, number);
}

/** In network order. */
function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff);
}

function portText(key: Uint8Array): string {
  const protocol = Object.entries(PROTOCOL_NUMBERS).find(([, number]) => number === key[0])?.[0] ??
    `protocol ${key[0]}`;
  return `${protocol} port ${key[4]! << 8 | key[5]!}`;
}

function portAtText(family: Family, key: Uint8Array): string {
  const length = family === 4 ? 4 : 16;
  const number = key.subarray(0, length).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  return `${portText(key.subarray(length))} of ${formatAddress(family, number)}`;
}

function nameText(key: Uint8Array): string {
  return new TextDecoder().decode(key).replace(/\0.*$/s, "");
}
