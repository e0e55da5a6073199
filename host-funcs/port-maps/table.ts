// Makes the kernel's table of port maps what the state says. Called inside a transaction: being the one writer of the
// state is what keeps two processes from changing the table at the same time.

import { HostCallError } from "../error.ts";
import type { FilterReading, PacketFilter } from "../firewall/packet_filter.ts";
import type { Family } from "../ip_number.ts";
import type { Database } from "../state/database.ts";
import { EEXIST, ENOENT } from "../sys/errno.ts";
import type { ElementChange, ElementKey, SetElement } from "../sys/nftables_elements.ts";
import { elementsOf } from "./elements.ts";
import { isListInUse, isTableInUse, type OwnedMap } from "./owned.ts";
import { describePort } from "./port_map.ts";
import {
  baseCommands,
  chainOf,
  deleteChainCommand,
  deleteTableCommand,
  portsTable,
  ruleCounts,
  sourceCommands,
} from "./rules.ts";
import { NO_SOURCES } from "./sources.ts";

/** Adds maps, with the chains that they need, also where the table was flushed or deleted. */
export function setMaps(filter: PacketFilter, maps: readonly OwnedMap[], others: readonly ElementChange[] = []): void {
  addMaps(filter, maps, others, looksWhole);
}

/** As `setMaps`, where any rule was deleted that they are nothing without. */
export function restoreMaps(filter: PacketFilter, maps: readonly OwnedMap[], others: readonly ElementChange[]): void {
  addMaps(filter, maps, others, hasRules);
}

function addMaps(
  filter: PacketFilter,
  maps: readonly OwnedMap[],
  others: readonly ElementChange[],
  isThere: Check,
): void {
  const doing = `map ${describeMaps(maps)}`;
  const commands = missingCommands(filter, maps, isThere);
  if (commands.length > 0) filter.run(commands, doing);
  changeElements(filter, [...others, ...maps.flatMap(({ map, sources }) => elementsOf(map, sources))], doing);
}

/** Removes maps. Does nothing where the kernel has none of them. */
export function clearMaps(filter: PacketFilter, maps: readonly OwnedMap[]): void {
  changeElements(filter, deletionsOf(maps), `end the map of ${describeMaps(maps)}`);
}

export function deletionsOf(maps: readonly OwnedMap[]): ElementChange[] {
  return maps.flatMap(({ map, sources }) => elementsOf(map, sources)).map(({ add }) => ({ delete: add }));
}

/** Removes the chains of lists that no attachment uses any more; with the last map of all, the table. */
export function dropUnusedPorts(database: Database, filter: PacketFilter, maps: readonly OwnedMap[] = []): void {
  if (!isTableInUse(database)) {
    if (filter.hasChain("inet", "prerouting", portsTable)) {
      filter.run([deleteTableCommand()], "remove the table of port maps");
    }
    return;
  }
  for (const { family, sources } of listsOf(maps)) {
    if (isListInUse(database, sources)) continue;
    if (!filter.hasChain("inet", chainOf(family, sources), portsTable)) continue;
    try {
      filter.run([deleteChainCommand(family, sources)], `remove the chain of ${sources}`);
    } catch (error) {
      // An element that is nobody's, or a rule of the administrator's, jumps to it. It goes with the table.
      if (!(error instanceof HostCallError)) throw error;
    }
  }
}

/** Whether the kernel has the map, and the rules that lead to it and from it. `nft flush table` leaves elements. */
export function isMapped(filter: FilterReading, { map, sources }: OwnedMap): boolean {
  const list = sources === NO_SOURCES ? undefined : sources;
  return elementsOf(map, sources).every((it) => isSame(filter.element(it.add), it)) &&
    hasRules(filter, map.family, list);
}

/**
 * Makes changes whatever the kernel has of it: what is to be deleted may be gone, what is to be added may be there with
 * other data. It is asked only where it refuses. Of two changes at one place the last counts.
 */
export function changeElements(filter: PacketFilter, changes: readonly ElementChange[], doing: string): void {
  if (changes.length === 0) return;
  try {
    filter.change(changes, doing);
  } catch (error) {
    if (!(error instanceof HostCallError) || ![ENOENT, EEXIST].includes(error.payload.errno ?? 0)) throw error;
    // What is possible is asked for before any of it is made: a place that is emptied and filled would be asked for twice.
    const last = new Map(changes.map((change) => [textOf(keyOf(change)), change]));
    filter.change([...last.values()].flatMap((change) => possible(filter, change)), doing);
  }
}

function possible(filter: PacketFilter, change: ElementChange): ElementChange[] {
  const at = keyOf(change);
  const present = filter.element(at);
  if ("delete" in change) return present === undefined ? [] : [change];
  if (isSame(present, change)) return [];
  return present === undefined ? [change] : [{ delete: at }, change];
}

function keyOf(change: ElementChange): ElementKey {
  return "add" in change ? change.add : change.delete;
}

/** One text for each place in the table. */
function textOf({ set, key }: ElementKey): string {
  return `${set} ${key.toHex()}`;
}

function isSame(present: SetElement | undefined, wanted: SetElement): boolean {
  return present !== undefined && present.chain === wanted.chain &&
    String(present.data ?? "") === String(wanted.data ?? "");
}

/** Whether the kernel has what a family's maps need, or a list of sources of it. */
type Check = (filter: FilterReading, family: Family, sources?: string) => boolean;

function missingCommands(filter: PacketFilter, maps: readonly OwnedMap[], isThere: Check): string[] {
  const families = [...new Set(maps.map(({ map }) => map.family))];
  const lists = listsOf(maps).filter(({ family, sources }) => !isThere(filter, family, sources));
  const base = families.every((family) => isThere(filter, family)) ? [] : baseCommands();
  return [...base, ...lists.flatMap(({ family, sources }) => sourceCommands(family, sources))];
}

/** Who flushes a table flushes all its chains: for what is made together one chain stands. */
function looksWhole(filter: FilterReading, family: Family, sources?: string): boolean {
  const [chain, rules] = ruleCounts(family, sources).at(sources === undefined ? -1 : -2)!;
  return filter.countRules("inet", chain, portsTable) >= rules;
}

/** By their number: who changes a rule of ours has to know what they do. */
function hasRules(filter: FilterReading, family: Family, sources?: string): boolean {
  return ruleCounts(family, sources).every(([chain, rules]) => filter.countRules("inet", chain, portsTable) >= rules);
}

/** Each list of sources once, by family. */
function listsOf(maps: readonly OwnedMap[]): { readonly family: Family; readonly sources: string }[] {
  const lists = maps.filter(({ sources }) => sources !== NO_SOURCES)
    .map(({ map: { family }, sources }) => [`${family} ${sources}`, { family, sources }] as const);
  return [...new Map(lists).values()];
}

function describeMaps(maps: readonly OwnedMap[]): string {
  const [first] = maps;
  if (first === undefined) return "no port";
  return maps.length === 1 ? describePort(first.map) : `${describePort(first.map)} and ${maps.length - 1} more`;
}
