// macspoofchk: frames that come in by a link with another source MAC are dropped.
//
//   table bridge cnidaria {
//     set checked { type ifname; }                  the links that are checked
//     set allowed { type ifname . ether_addr; }     what they may send: a pod is an element in both
//     chain prerouting { type filter hook prerouting priority dstnat;
//       iifname @checked iifname . ether saddr != @allowed drop }
//   }

import type { Database } from "../state/database.ts";
import { formatMac, parseMac } from "../sys/mac_address.ts";
import type { ElementKey } from "../sys/nftables_elements.ts";
import { isInUse } from "./elements.ts";
import { linkName, NAME_LENGTH, nameBytes } from "./link_name.ts";
import { type FilterReading, type PacketFilter, tableName } from "./packet_filter.ts";

const table = `bridge ${tableName}`;
const chain = "prerouting";
export interface MacCheck {
  readonly link: string;
  /** Lower case, colon separated. */
  readonly mac: string;
}

/** @throws {HostCallError} `invalid` */
export function canonicalCheck(link: string, mac: string): MacCheck {
  return { link: linkName(link, "check the MAC of a link"), mac: formatMac(parseMac(mac)) };
}

/** Lets only that MAC in by the link. `before`: what was allowed until now. */
export function setMacCheck(filter: PacketFilter, check: MacCheck, before: readonly string[]): void {
  const doing = `check the MAC of ${check.link}`;
  if (!filter.hasChain("bridge", chain)) filter.run(baseCommands(), doing);
  const outdated = before.filter((mac) => mac !== check.mac).map((mac) => pairOf({ link: check.link, mac }));
  const changes = outdated.filter((at) => filter.element(at) !== undefined).map((at) => ({ delete: at }));
  filter.change([...changes, { add: pairOf(check) }, { add: linkOf(check) }], doing);
}

/** As `setMacCheck`, and the rule that does the checking, where it was flushed or deleted. */
export function restoreMacCheck(filter: PacketFilter, check: MacCheck, before: readonly string[]): void {
  if (filter.countRules("bridge", chain) === 0) filter.run(baseCommands(), `check the MAC of ${check.link} again`);
  setMacCheck(filter, check, before);
}

/** Ends the check. Does nothing where the kernel has none. */
export function clearMacCheck(filter: PacketFilter, check: MacCheck): void {
  const present = [linkOf(check), pairOf(check)].filter((at) => filter.element(at) !== undefined);
  filter.change(present.map((at) => ({ delete: at })), `end the MAC check of ${check.link}`);
}

/** Removes the table with the last check. */
export function dropUnusedChecks(database: Database, filter: PacketFilter): void {
  if (isInUse(database, "mac-check") || !filter.hasChain("bridge", chain)) return;
  filter.run([`delete table ${table}`], "remove the table of MAC checks");
}

/** Whether the kernel drops frames with another source MAC. */
export function isEnforced(filter: FilterReading, check: MacCheck): boolean {
  return [linkOf(check), pairOf(check)].every((at) => filter.element(at) !== undefined) &&
    filter.countRules("bridge", chain) > 0;
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

/** Where the kernel has the check. */
export function elementsOfCheck(check: MacCheck): ElementKey[] {
  return [linkOf(check), pairOf(check)];
}

function linkOf({ link }: MacCheck): ElementKey {
  return { family: "bridge", set: "checked", key: nameBytes(link) };
}

function pairOf({ link, mac }: MacCheck): ElementKey {
  // A MAC is padded to 8 bytes.
  const key = nameBytes(link, NAME_LENGTH + 8);
  key.set(parseMac(mac), NAME_LENGTH);
  return { family: "bridge", set: "allowed", key };
}
