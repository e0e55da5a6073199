// Makes the kernel's masquerades what the state says. Called inside a transaction: being the one writer of the state is
// what keeps two processes from changing shared chains at the same time.

import type { Database } from "../state/database.ts";
import { isInUse, valuesOf } from "./elements.ts";
import {
  baseChain,
  baseCommands,
  chainCommands,
  chainOf,
  deleteChainCommand,
  deleteTableCommand,
  elementOf,
  type MasqueradeRule,
} from "./masquerade_rule.ts";
import type { FilterReading, PacketFilter } from "./packet_filter.ts";

type Target = Pick<MasqueradeRule, "family" | "source" | "key">;

/** Sets the element of the source to `local`, with the chains that it needs. */
export function setMasquerade(filter: PacketFilter, target: Target, local: string): void {
  const { family, source } = target;
  const chain = chainOf(family, local);
  const at = elementOf(target);
  const doing = `masquerade ${source}`;
  const hasBase = filter.hasChain("inet", baseChain);
  if (!hasBase || !filter.hasChain("inet", chain)) {
    filter.run([...hasBase ? [] : baseCommands(), ...chainCommands(family, local)], doing);
  }
  const element = filter.element(at);
  if (element?.chain === chain) return;
  filter.change([...element === undefined ? [] : [{ delete: at }], { add: at, chain }], doing);
}

/** Sets the element of the source, and everything that it is nothing without, where rules were flushed or deleted. */
export function restoreMasquerade(filter: PacketFilter, rule: MasqueradeRule): void {
  const { family, local, source } = rule;
  if (!hasRules(filter, family, local)) {
    filter.run([...baseCommands(), ...chainCommands(family, local)], `masquerade ${source} again`);
  }
  setMasquerade(filter, rule, local);
}

/**
 * Removes the element of the source, or gives it to another attachment that claims the same. Does nothing where the
 * kernel has none.
 */
export function clearMasquerade(database: Database, filter: PacketFilter, target: Target): void {
  const [other] = valuesOf(database, "masquerade", target.source);
  if (other !== undefined) return setMasquerade(filter, target, other);
  const at = elementOf(target);
  if (filter.element(at) === undefined) return;
  filter.change([{ delete: at }], `end the masquerade of ${target.source}`);
}

/** Removes the chain of a list that no attachment uses any more; with the last of all, the table. */
export function dropUnused(database: Database, filter: PacketFilter, family: 4 | 6, local: string): void {
  if (!isInUse(database, "masquerade")) {
    if (filter.hasChain("inet", baseChain)) filter.run([deleteTableCommand()], "remove the table of masquerades");
    return;
  }
  // The state cannot tell the families of an empty list apart; the chain stays as long as either is in use.
  if (isInUse(database, "masquerade", local) || !filter.hasChain("inet", chainOf(family, local))) return;
  filter.run([deleteChainCommand(family, local)], `remove the chain of ${local}`);
}

/**
 * Whether the kernel masquerades the source, but for these local networks: the element is there, and the rules that lead
 * to it and from it. `nft flush table` leaves elements and empty chains.
 */
export function isEffective(filter: FilterReading, rule: MasqueradeRule): boolean {
  const { family, local } = rule;
  return filter.element(elementOf(rule))?.chain === chainOf(family, local) && hasRules(filter, family, local);
}

/** By their number: who changes a rule of ours has to know what they do. */
function hasRules(filter: FilterReading, family: 4 | 6, local: string): boolean {
  return filter.countRules("inet", baseChain) >= ruleCount(baseCommands()) &&
    filter.countRules("inet", chainOf(family, local)) >= ruleCount(chainCommands(family, local));
}

function ruleCount(commands: readonly string[]): number {
  return commands.filter((command) => command.startsWith("add rule ")).length;
}
