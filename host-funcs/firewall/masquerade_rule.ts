// A masquerade in canonical form, and the nft text for it. Everything that gets into the text was parsed and formatted
// again here: no text of a plugin does.
//
//   table inet cnidaria {
//     map masquerade4 { type ipv4_addr : verdict; elements = { 10.1.0.5 : jump local4-... } }   a pod is an element
//     chain local4-... { ip daddr { 10.1.0.0/16 } return; ip daddr 224.0.0.0/4 return; masquerade; }
//     chain postrouting { type nat hook postrouting priority srcnat; ip saddr vmap @masquerade4; ... }
//   }

import type { Masquerade } from "cnidaria:cni/firewall@0.3.0";
import { HostCallError } from "../error.ts";
import { type Family, formatAddress, formatNetwork, type IpNetwork, parseAddress, parseNetwork } from "../ip_number.ts";
import type { ElementKey } from "../sys/nftables_elements.ts";
import { tableName } from "./packet_filter.ts";

const table = `inet ${tableName}`;
export const baseChain = "postrouting";

export interface MasqueradeRule {
  readonly family: Family;
  /** Canonical address. */
  readonly source: string;
  /** The address in network order. */
  readonly key: Uint8Array;
  /** Canonical networks, sorted, none inside another, comma separated. */
  readonly local: string;
}

/** @throws {HostCallError} `invalid` */
export function canonicalRule({ source, local }: Masquerade): MasqueradeRule {
  const address = parseAddress(source);
  if (address === undefined) throw invalid("its source is no IP address", source);
  const networks = local.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw invalid("a local network is not in CIDR notation", text);
    if (network.family !== address.family) throw invalid(`a local network is not of the family of ${source}`, text);
    return network;
  });
  const { family, number } = address;
  return {
    family,
    source: formatAddress(family, number),
    key: bytesOf(family, number),
    local: outermost(networks).map(formatNetwork).join(","),
  };
}

/** The place of the rule's element. */
export function elementOf({ family, key }: Pick<MasqueradeRule, "family" | "key">): ElementKey {
  return { family: "inet", set: `masquerade${family}`, key };
}

/** Name of the chain for a list of local networks: the same list has the same chain, whoever asks. */
export function chainOf(family: Family, local: string): string {
  return `local${family}-${fnv128(local)}`;
}

/** What is there once, for all pods. Can be run again. */
export function baseCommands(): string[] {
  return [
    `add table ${table}`,
    `add map ${table} masquerade4 { type ipv4_addr : verdict ; }`,
    `add map ${table} masquerade6 { type ipv6_addr : verdict ; }`,
    `add chain ${table} ${baseChain} { type nat hook postrouting priority srcnat ; policy accept ; }`,
    `flush chain ${table} ${baseChain}`,
    `add rule ${table} ${baseChain} ip saddr vmap @masquerade4`,
    `add rule ${table} ${baseChain} ip6 saddr vmap @masquerade6`,
  ];
}

/** The chain for a list of local networks. Can be run again. */
export function chainCommands(family: Family, local: string): string[] {
  const chain = `${table} ${chainOf(family, local)}`;
  const [destination, multicast] = family === 4 ? ["ip daddr", "224.0.0.0/4"] : ["ip6 daddr", "ff00::/8"];
  const rules = [`${destination} ${multicast} return`, "masquerade"];
  if (local.endsWith("/0")) rules.unshift("return");
  else if (local !== "") rules.unshift(`${destination} { ${local.replaceAll(",", ", ")} } return`);
  return [`add chain ${chain}`, `flush chain ${chain}`, ...rules.map((rule) => `add rule ${chain} ${rule}`)];
}

export function deleteChainCommand(family: Family, local: string): string {
  return `delete chain ${table} ${chainOf(family, local)}`;
}

export function deleteTableCommand(): string {
  return `delete table ${table}`;
}

/** Sorted, none inside another. */
export function outermost(networks: readonly IpNetwork[]): IpNetwork[] {
  const sorted = networks.toSorted((a, b) => a.first < b.first ? -1 : a.first > b.first ? 1 : a.prefix - b.prefix);
  let end = -1n;
  return sorted.filter((network) => {
    if (network.last <= end) return false;
    end = network.last;
    return true;
  });
}

/** An address in network order. */
export function bytesOf(family: Family, number: bigint): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  let rest = number;
  for (let at = bytes.length - 1; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}

/** FNV-1a with 128 bits, hexadecimal: a name for a list, no protection from whoever writes the configurations. */
export function fnv128(text: string): string {
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (let at = 0; at < text.length; at++) {
    hash = BigInt.asUintN(128, (hash ^ BigInt(text.charCodeAt(at))) * 0x0000000001000000000000000000013bn);
  }
  return hash.toString(16).padStart(32, "0");
}

function invalid(reason: string, value: string): HostCallError {
  return new HostCallError("invalid", `Cannot masquerade as ${reason}: ${JSON.stringify(value.slice(0, 80))}`);
}
