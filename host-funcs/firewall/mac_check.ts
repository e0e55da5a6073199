// macspoofchk: frames that come in by a link with another source MAC are dropped.
//
//   table bridge cnidaria {
//     set checked { type ifname; }                  the links that are checked
//     set allowed { type ifname . ether_addr; }     what they may send: a pod is an element in both
//     chain prerouting { type filter hook prerouting priority dstnat;
//       iifname @checked iifname . ether saddr != @allowed drop }
//   }

import { HostCallError } from "../error.ts";
import type { Database } from "../state/database.ts";
import { formatMac, parseMac } from "../sys/mac_address.ts";
import { isInUse } from "./elements.ts";
import { type PacketFilter, tableName } from "./packet_filter.ts";

const table = `bridge ${tableName}`;
const chain = "prerouting";
/** IFNAMSIZ. */
const nameLength = 16;

export interface MacCheck {
  readonly link: string;
  /** Lower case, colon separated. */
  readonly mac: string;
}

/** @throws {HostCallError} `invalid` */
export function canonicalCheck(link: string, mac: string): MacCheck {
  // The kernel allows more characters than nft's language can quote.
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(link) || link === "." || link === "..") {
    throw new HostCallError(
      "invalid",
      `Cannot check the MAC of a link as its name is not 1 to 15 letters, digits, dots, dashes and underscores: ${
        JSON.stringify(link.slice(0, 40))
      }`,
    );
  }
  return { link, mac: formatMac(parseMac(mac)) };
}

/** Lets only that MAC in by the link. `before`: what was allowed until now. */
export function setMacCheck(filter: PacketFilter, { link, mac }: MacCheck, before: readonly string[]): void {
  const commands = filter.hasChain("bridge", chain) ? [] : baseCommands();
  const outdated = before.filter((other) => other !== mac && hasPair(filter, { link, mac: other }));
  for (const other of outdated) commands.push(`delete element ${table} allowed { ${pair({ link, mac: other })} }`);
  commands.push(`add element ${table} allowed { ${pair({ link, mac })} }`);
  commands.push(`add element ${table} checked { "${link}" }`);
  filter.run(commands, `check the MAC of ${link}`);
}

/** Ends the check. Does nothing where the kernel has none. */
export function clearMacCheck(filter: PacketFilter, check: MacCheck): void {
  const commands: string[] = [];
  if (isChecked(filter, check.link)) commands.push(`delete element ${table} checked { "${check.link}" }`);
  if (hasPair(filter, check)) commands.push(`delete element ${table} allowed { ${pair(check)} }`);
  filter.run(commands, `end the MAC check of ${check.link}`);
}

/** Removes the table with the last check. */
export function dropUnusedChecks(database: Database, filter: PacketFilter): void {
  if (isInUse(database, "mac-check") || !filter.hasChain("bridge", chain)) return;
  filter.run([`delete table ${table}`], "remove the table of MAC checks");
}

/** Whether the kernel drops frames with another source MAC. */
export function isEnforced(filter: PacketFilter, check: MacCheck): boolean {
  return filter.hasChain("bridge", chain) && isChecked(filter, check.link) && hasPair(filter, check);
}

function baseCommands(): string[] {
  return [
    `add table ${table}`,
    `add set ${table} checked { type ifname ; }`,
    `add set ${table} allowed { type ifname . ether_addr ; }`,
    `add chain ${table} ${chain} { type filter hook prerouting priority dstnat ; policy accept ; }`,
    `flush chain ${table} ${chain}`,
    `add rule ${table} ${chain} iifname @checked iifname . ether saddr != @allowed drop`,
  ];
}

function isChecked(filter: PacketFilter, link: string): boolean {
  return filter.element("bridge", "checked", nameBytes(link, nameLength)) !== undefined;
}

function hasPair(filter: PacketFilter, { link, mac }: MacCheck): boolean {
  // A MAC is padded to 8 bytes.
  const key = nameBytes(link, nameLength + 8);
  key.set(parseMac(mac), nameLength);
  return filter.element("bridge", "allowed", key) !== undefined;
}

function nameBytes(link: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(new TextEncoder().encode(link));
  return bytes;
}

function pair({ link, mac }: MacCheck): string {
  return `"${link}" . ${mac}`;
}
