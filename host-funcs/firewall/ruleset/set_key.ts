// Keys of sets: one value, or several joined by ` . `, each then padded to 4 bytes as the kernel's registers are.

import type { Datatype, Field, NamedSet } from "cnidaria:cni/nftables@0.3.0";
import { checkName, refuse } from "./refusal.ts";
import { lengths, parseSpan, parseValue, type Span } from "./values.ts";

/** nft joins no more. */
const MAX_PARTS = 5;
/** Registers of the kernel (NFT_REG32_COUNT), in bytes. */
const MAX_BYTES = 64;

export const fieldTypes: Readonly<Record<Field, Datatype>> = {
  "ip-saddr": "ipv4-addr",
  "ip-daddr": "ipv4-addr",
  "ip6-saddr": "ipv6-addr",
  "ip6-daddr": "ipv6-addr",
  "ether-saddr": "ether-addr",
  "ether-daddr": "ether-addr",
  "iifname": "ifname",
  "oifname": "ifname",
  "l4proto": "inet-proto",
  "th-sport": "inet-service",
  "th-dport": "inet-service",
};

/** @throws {HostCallError} `invalid` */
export function checkSet({ name, key, intervals, verdicts }: NamedSet): void {
  checkName("set", name);
  const doing = `add set ${name}`;
  if (key.length === 0) refuse(doing, "its key has no type");
  if (key.length > MAX_PARTS) refuse(doing, `its key has ${key.length} types: at most ${MAX_PARTS} can be joined`);
  if (keyLength(key) > MAX_BYTES) refuse(doing, `its key has ${keyLength(key)} bytes: the kernel has ${MAX_BYTES}`);
  if (!intervals) return;
  if (verdicts) refuse(doing, "a verdict map cannot have intervals");
  if (key.length > 1) refuse(doing, "only keys of one type can be intervals");
  if (key[0] === "ifname" || key[0] === "ether-addr") refuse(doing, `an interval of ${key[0]} has no meaning`);
}

/** Bytes of a key as the kernel has it. */
export function keyLength(key: readonly Datatype[]): number {
  return key.length === 1 ? lengths[key[0]!] : key.reduce((sum, type) => sum + padded(lengths[type]), 0);
}

export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Undefined for what is no key of the set. */
export function parseKey({ key, intervals }: Pick<NamedSet, "key" | "intervals">, text: string): Span | undefined {
  if (key.length === 1) return intervals ? parseSpan(key[0]!, text) : parseValue(key[0]!, text);
  const parts = text.split(" . ");
  if (parts.length !== key.length) return undefined;
  let [canonical, bytes] = ["", ""];
  for (const [at, type] of key.entries()) {
    const value = parseValue(type, parts[at]!);
    if (value === undefined) return undefined;
    canonical += at === 0 ? value.text : ` . ${value.text}`;
    bytes += value.first.padEnd(padded(lengths[type]), "\0");
  }
  return { text: canonical, first: bytes, last: bytes };
}
