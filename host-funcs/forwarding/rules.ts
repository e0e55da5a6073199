// Makes the kernel's tables what the node's state says. Called inside a transaction: being the one writer of the state
// keeps two processes from changing shared chains at the same time.

import { HostCallError } from "../error.ts";
import type { Database } from "../state/database.ts";
import { isInUse, type OwnedElement, valuesOf } from "../firewall/elements.ts";
import type { FilterReading, PacketFilter } from "../firewall/packet_filter.ts";
import type { ElementChange, ElementKey, TableFamily } from "../sys/nftables_elements.ts";
import {
  adminChain,
  baseCommands,
  forwardChain,
  type ForwardingKind,
  forwardTable,
  placesOf,
  ruleCount,
  SETS,
} from "./table.ts";

/** An element of the node's state, of one of our kinds. `key` is canonical. */
export interface ForwardingElement extends OwnedElement {
  readonly kind: ForwardingKind;
}

/** An element as the kernel should have it; with a chain that it jumps to, or not at all. */
interface Wanted {
  readonly at: ElementKey;
  readonly chain?: string;
  readonly present: boolean;
}

/** Has the kernel do what the element says, with the chains and rules that it is nothing without. */
export function setForwarding(database: Database, filter: PacketFilter, element: ForwardingElement): void {
  const { kind, key, value } = element;
  const family = familyOf(kind);
  if (filter.countRules(family, forwardChain, forwardTable) !== ruleCount(family)) {
    filter.run(baseCommands(family), doing(element));
  }
  if (kind === "forwarded-pod" && value !== adminChain && !filter.hasChain(family, value, forwardTable)) {
    filter.run([`add chain ${family} ${forwardTable} ${value}`], doing(element));
  }
  write(filter, wanted(kind, key, valuesOf(database, kind, key), value), doing(element));
}

/** Ends what the element said, or gives it to another attachment that says something of the same key. */
export function clearForwarding(database: Database, filter: PacketFilter, element: ForwardingElement): void {
  const { kind, key, value } = element;
  const [other] = valuesOf(database, kind, key);
  if (other !== undefined) setForwarding(database, filter, { kind, key, value: other });
  else write(filter, wanted(kind, key, []), `no more ${doing(element)}`);
  if (kind === "forwarded-pod" && value !== adminChain && !isInUse(database, kind, value)) {
    dropUnusedChain(filter, value);
  }
}

function dropUnusedChain(filter: PacketFilter, chain: string): void {
  if (!filter.hasChain("inet", chain, forwardTable) || filter.countRules("inet", chain, forwardTable) > 0) return;
  try {
    filter.run([`delete chain inet ${forwardTable} ${chain}`], `remove the chain ${chain}`);
  } catch (error) {
    // A rule of the administrator's jumps to it. It is empty, and goes with the table.
    if (!(error instanceof HostCallError)) throw error;
  }
}

/** Removes the tables with the last element; the one with chains of administrators only where these have no rules. */
export function dropUnusedForwarding(database: Database, filter: PacketFilter): void {
  if (!isInUse(database, "isolated-port") && filter.hasChain("bridge", forwardChain, forwardTable)) {
    filter.run([`delete table bridge ${forwardTable}`], "remove the table of isolated ports");
  }
  const isUsed = isInUse(database, "forwarded-pod") || isInUse(database, "confined-link");
  if (isUsed || !filter.hasChain("inet", forwardChain, forwardTable)) return;
  const others = filter.chains("inet", forwardTable).filter((chain) => chain !== forwardChain);
  if (others.some((chain) => filter.countRules("inet", chain, forwardTable) > 0)) return;
  filter.run([`delete table inet ${forwardTable}`], "remove the table of what is forwarded");
}

/** Whether the kernel does what the state says of a key. `values`: what attachments say of it, at least one. */
export function isInForce(
  filter: FilterReading,
  kind: ForwardingKind,
  key: string,
  values: readonly string[],
): boolean {
  const family = familyOf(kind);
  return filter.countRules(family, forwardChain, forwardTable) === ruleCount(family) &&
    values.some((value) => wanted(kind, key, values, value).every((it) => isAsWanted(filter, it)));
}

/** Whether any attachment has an element of these tables. */
export function isAnyForwarding(database: Database): boolean {
  return isInUse(database, "forwarded-pod") || isInUse(database, "confined-link") || isInUse(database, "isolated-port");
}

/** The strictest of what attachments say of a link. */
export function strictest(values: readonly string[]): "isolated" | "same-bridge" {
  return values.includes("isolated") ? "isolated" : "same-bridge";
}

/** @param preferred where attachments differ about a pod's chain, this one's has it */
function wanted(kind: ForwardingKind, key: string, values: readonly string[], preferred?: string): Wanted[] {
  const [first] = values;
  return placesOf(kind, key).map((at): Wanted => {
    if (first === undefined) return { at, present: false };
    if (kind === "forwarded-pod") return { at, present: true, chain: preferred ?? first };
    return { at, present: at.set !== SETS.within.set || strictest(values) === "same-bridge" };
  });
}

function write(filter: PacketFilter, all: readonly Wanted[], doing: string): void {
  const changes = all.filter((it) => !isAsWanted(filter, it)).flatMap(({ at, present, chain }): ElementChange[] => [
    ...filter.element(at) === undefined ? [] : [{ delete: at }],
    ...present ? [chain === undefined ? { add: at } : { add: at, chain }] : [],
  ]);
  if (changes.length > 0) filter.change(changes, doing);
}

function isAsWanted(filter: FilterReading, { at, present, chain }: Wanted): boolean {
  const element = filter.element(at);
  return present ? element !== undefined && element.chain === chain : element === undefined;
}

function familyOf(kind: ForwardingKind): TableFamily {
  return kind === "isolated-port" ? "bridge" : "inet";
}

function doing({ kind, key, value }: ForwardingElement): string {
  switch (kind) {
    case "forwarded-pod":
      return `have ${key} pass the nftables chain ${value}`;
    case "confined-link":
      return `confine ${key} (${value})`;
    case "isolated-port":
      return `isolate port ${key}`;
  }
}
