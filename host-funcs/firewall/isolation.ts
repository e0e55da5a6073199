// A new pod's isolation: nothing passes to or from its address until whoever knows the network policies has taken it
// over. A table of its own, as `inet cnidaria` goes with the last masquerade.
//
//   table inet cnidaria-isolation {
//     set isolated4 { type ipv4_addr; }                  a pod's address is an element
//     chain forward { type filter hook forward priority -1;      before every chain that might accept
//       icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
//       ip saddr @isolated4 drop; ip daddr @isolated4 drop; ... }
//   }
//
// What the node itself says to a pod, or hears of it, is not forwarded, and passes.

import { HostCallError } from "../error.ts";
import { type Family, formatAddress, parseAddress } from "../ip_number.ts";
import type { AttachmentKey } from "../context.ts";
import type { Database } from "../state/database.ts";
import { bootId } from "../sys/identity.ts";
import type { ElementKey } from "../sys/nftables_elements.ts";
import { isInUse } from "./elements.ts";
import { bytesOf } from "./masquerade_rule.ts";
import { type FilterReading, type PacketFilter, tableName } from "./packet_filter.ts";

export const isolationTable = `${tableName}-isolation`;
const table = `inet ${isolationTable}`;
const chain = "forward";

/** An address that may be isolated, in canonical form. */
export interface IsolatedAddress {
  readonly family: Family;
  readonly address: string;
  /** The address in network order. */
  readonly key: Uint8Array;
}

/** @throws {HostCallError} `invalid` */
export function isolatedAddress(text: string): IsolatedAddress {
  const parsed = parseAddress(text);
  if (parsed === undefined) {
    throw new HostCallError("invalid", `Cannot isolate what is no IP address: ${JSON.stringify(text.slice(0, 80))}`);
  }
  const { family, number } = parsed;
  return { family, address: formatAddress(family, number), key: bytesOf(family, number) };
}

/** Where the kernel has it. */
export function isolationElement({ family, key }: Pick<IsolatedAddress, "family" | "key">): ElementKey {
  return { family: "inet", table: isolationTable, set: `isolated${family}`, key };
}

/** Makes the kernel drop what it would forward to or from the address. */
export function setIsolation(filter: PacketFilter, target: IsolatedAddress): void {
  const doing = `isolate ${target.address}`;
  if (filter.countRules("inet", chain, isolationTable) !== ruleCount) filter.run(baseCommands(), doing);
  const at = isolationElement(target);
  if (filter.element(at) === undefined) filter.change([{ add: at }], doing);
}

/** Ends it, but not where another attachment of the same address is still isolated, or the kernel has none. */
export function clearIsolation(database: Database, filter: PacketFilter, target: IsolatedAddress): void {
  if (podAddresses(database, target.address).some(({ isolated }) => isolated)) return;
  const at = isolationElement(target);
  if (filter.element(at) === undefined) return;
  filter.change([{ delete: at }], `end the isolation of ${target.address}`);
}

/** An address that an attachment gave its pod, by a network configuration with `networkPolicy`. */
export interface PodAddress {
  readonly owner: AttachmentKey;
  /** Canonical, without prefix length. */
  readonly address: string;
  /** `<namespace>/<name>`, of CNI_ARGS; empty where the runtime has not said. */
  readonly pod: string;
  /** Whether it is isolated still. One with `"untilSynced": "allow"` never was. */
  readonly isolated: boolean;
}

/**
 * Those that there are, of ADDs under way as well: a row comes before the address. What is left of an earlier boot is not
 * among them.
 *
 * @param address only this one, in canonical form
 * @throws {HostCallError}
 */
export function podAddresses(database: Database, address?: string): PodAddress[] {
  return database.all(
    `SELECT kind, key, value, network, container_id, ifname FROM firewall_elements AS its
      WHERE kind IN ('isolation', 'isolation-ended') ${address === undefined ? "" : "AND key = ?"}
        AND NOT EXISTS (
          SELECT 1 FROM attachments AS made WHERE made.network = its.network
            AND made.container_id = its.container_id AND made.ifname = its.ifname AND made.boot_id <> ?
        ) ORDER BY key`,
    ...address === undefined ? [] : [address],
    bootId(),
  ).map((row) => ({
    owner: { network: String(row.network), containerId: String(row.container_id), ifname: String(row.ifname) },
    address: String(row.key),
    pod: String(row.value),
    isolated: row.kind === "isolation",
  }));
}

/** Removes the table with the last attachment that has, or has had, an isolated address. */
export function dropUnusedIsolation(database: Database, filter: PacketFilter): void {
  if (isInUse(database, "isolation") || isInUse(database, "isolation-ended")) return;
  if (!filter.hasChain("inet", chain, isolationTable)) return;
  filter.run([`delete table ${table}`], "remove the table of isolated addresses");
}

/** Whether the kernel drops what it would forward to or from the address. */
export function isIsolated(filter: FilterReading, target: IsolatedAddress): boolean {
  return filter.element(isolationElement(target)) !== undefined &&
    filter.countRules("inet", chain, isolationTable) === ruleCount;
}

/** What is there once, for all pods. Can be run again. */
export function baseCommands(): string[] {
  return [
    `add table ${table}`,
    `add set ${table} isolated4 { type ipv4_addr ; }`,
    `add set ${table} isolated6 { type ipv6_addr ; }`,
    `add chain ${table} ${chain} { type filter hook forward priority -1 ; policy accept ; }`,
    `flush chain ${table} ${chain}`,
    ...RULES.map((rule) => `add rule ${table} ${chain} ${rule}`),
  ];
}

/** On a bridge, neighbour discovery is forwarded: as ARP is, which no rule of `inet` sees. */
const RULES = [
  "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
  "ip saddr @isolated4 drop",
  "ip daddr @isolated4 drop",
  "ip6 saddr @isolated6 drop",
  "ip6 daddr @isolated6 drop",
];
const ruleCount = RULES.length;
