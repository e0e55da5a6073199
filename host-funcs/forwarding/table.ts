// The tables of what may be forwarded, and where an element of them is. They only ever drop: where nothing does, a packet
// passes, as far as these tables go.
//
//   table inet cnidaria-forward {
//     map pods4 { type ipv4_addr : verdict; elements = { 10.1.0.5 : jump admin } }     a pod is an element
//     set confined { type ifname; elements = { "cni0", "cni1" } }                      what must not reach each other
//     set within { type ifname . ifname; elements = { "cni0" . "cni0" } }              but for those within themselves
//     chain admin { }                                            an administrator's: made once, and never changed
//     chain forward { type filter hook forward priority filter;
//       iifname @confined oifname @confined iifname . oifname != @within drop
//       ip saddr vmap @pods4; ip daddr vmap @pods4; ... }
//   }
//   table bridge cnidaria-forward {
//     set ports { type ifname; elements = { "veth1" } }
//     chain forward { type filter hook forward priority filter; iifname @ports drop; oifname @ports drop; }
//   }
//
// The second one sees what a bridge forwards by itself, whether the node has br_netfilter or not. It drops both
// directions, as not every kernel tracks connections there, and by port, as not every kernel can tell the bridge.

import type { Family } from "../ip_number.ts";
import { formatAddress, parseAddress } from "../ip_number.ts";
import { HostCallError } from "../error.ts";
import { bytesOf } from "../firewall/masquerade_rule.ts";
import { linkName, NAME_LENGTH, nameBytes } from "../firewall/link_name.ts";
import { tableName } from "../firewall/packet_filter.ts";
import type { ElementKey, TableFamily } from "../sys/nftables_elements.ts";

export const forwardTable = `${tableName}-forward`;
export const forwardChain = "forward";
export const adminChain = "admin";

/** How the node's state calls what is in these tables, see `ElementKind`. */
export type ForwardingKind = "forwarded-pod" | "confined-link" | "isolated-port";

type Place = Omit<ElementKey, "key"> & { readonly table: string };

const at = (family: TableFamily, set: string): Place => ({ family, table: forwardTable, set });

/** Every set of the tables. */
export const SETS = {
  pods4: at("inet", "pods4"),
  pods6: at("inet", "pods6"),
  confined: at("inet", "confined"),
  within: at("inet", "within"),
  ports: at("bridge", "ports"),
} as const;

const RULES: Readonly<Record<TableFamily, readonly string[]>> = {
  inet: [
    "iifname @confined oifname @confined iifname . oifname != @within drop",
    "ip saddr vmap @pods4",
    "ip daddr vmap @pods4",
    "ip6 saddr vmap @pods6",
    "ip6 daddr vmap @pods6",
  ],
  bridge: ["iifname @ports drop", "oifname @ports drop"],
};

const DECLARATIONS: Readonly<Record<TableFamily, readonly string[]>> = {
  inet: [
    "map inet TABLE pods4 { type ipv4_addr : verdict ; }",
    "map inet TABLE pods6 { type ipv6_addr : verdict ; }",
    "set inet TABLE confined { type ifname ; }",
    "set inet TABLE within { type ifname . ifname ; }",
    `chain inet TABLE ${adminChain}`,
  ],
  bridge: ["set bridge TABLE ports { type ifname ; }"],
};

/** How many rules the chain of the host's own has. */
export function ruleCount(family: TableFamily): number {
  return RULES[family].length;
}

/** What is there once, for all pods. Can be run again: elements, and chains of administrators, stay as they are. */
export function baseCommands(family: TableFamily): string[] {
  const chain = `${family} ${forwardTable} ${forwardChain}`;
  return [
    `add table ${family} ${forwardTable}`,
    ...DECLARATIONS[family].map((it) => `add ${it.replace("TABLE", forwardTable)}`),
    `add chain ${chain} { type filter hook forward priority filter ; policy accept ; }`,
    `flush chain ${chain}`,
    ...RULES[family].map((rule) => `add rule ${chain} ${rule}`),
  ];
}

/**
 * The chain's name in the table.
 *
 * @throws {HostCallError} `invalid`
 */
export function adminChainOf(name: string | undefined): string {
  if (name === undefined) return adminChain;
  if (/^[A-Za-z0-9_-]{1,28}$/.test(name)) return `${adminChain}-${name}`;
  throw new HostCallError(
    "invalid",
    `Cannot have pods pass an administrator's chain as its name is not 1 to 28 letters, digits, dashes and underscores: ${
      JSON.stringify(name.slice(0, 60))
    }`,
  );
}

/** The name that `adminChainOf` was given. */
export function nameOfAdminChain(chain: string): string | undefined {
  return chain === adminChain ? undefined : chain.slice(adminChain.length + 1);
}

/**
 * A key as it is compared: an address, or a link's name.
 *
 * @throws {HostCallError} `invalid`
 */
export function canonicalKey(kind: ForwardingKind, key: string): string {
  if (kind === "confined-link") return linkName(key, "confine a link");
  if (kind === "isolated-port") return linkName(key, "isolate a port");
  const { family, number } = podAddress(key);
  return formatAddress(family, number);
}

/** Every element that there may be for a key. */
export function placesOf(kind: ForwardingKind, key: string): ElementKey[] {
  if (kind === "isolated-port") return [{ ...SETS.ports, key: nameBytes(key) }];
  if (kind === "confined-link") {
    const both = nameBytes(key, 2 * NAME_LENGTH);
    both.set(nameBytes(key), NAME_LENGTH);
    return [{ ...SETS.confined, key: nameBytes(key) }, { ...SETS.within, key: both }];
  }
  const { family, number } = podAddress(key);
  return [{ ...(family === 4 ? SETS.pods4 : SETS.pods6), key: bytesOf(family, number) }];
}

function podAddress(text: string): { family: Family; number: bigint } {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return parsed;
  throw new HostCallError(
    "invalid",
    `Cannot admit a pod by what is no IP address: ${JSON.stringify(text.slice(0, 80))}`,
  );
}
