// Makes the kernel's masquerades what the state says. Called inside a transaction: being the one writer of the state is
// what keeps two processes from changing shared chains at the same time.

import type { Database } from "../state/database.ts";
import { isInUse, valuesOf } from "./elements.ts";
import {
  addElementCommand,
  baseChain,
  baseCommands,
  chainCommands,
  chainOf,
  deleteChainCommand,
  deleteElementCommand,
  deleteTableCommand,
  mapOf,
  type MasqueradeRule,
} from "./masquerade_rule.ts";
import type { PacketFilter } from "./packet_filter.ts";

type Target = Pick<MasqueradeRule, "family" | "source" | "key">;

/** Sets the element of the source to `local`, with the chains that it needs. */
export function setMasquerade(filter: PacketFilter, target: Target, local: string): void {
  const { family, source, key } = target;
  const chain = chainOf(family, local);
  const hasBase = filter.hasChain("inet", baseChain);
  const commands = hasBase ? [] : baseCommands();
  if (!hasBase || !filter.hasChain("inet", chain)) commands.push(...chainCommands(family, local));
  const element = filter.element("inet", mapOf(family), key);
  if (element !== undefined && element.chain !== chain) commands.push(deleteElementCommand(family, source));
  if (element?.chain !== chain) commands.push(addElementCommand(family, source, local));
  filter.run(commands, `masquerade ${source}`);
}

/**
 * Removes the element of the source, or gives it to another attachment that claims the same. Does nothing where the
 * kernel has none.
 */
export function clearMasquerade(database: Database, filter: PacketFilter, target: Target): void {
  const { family, source, key } = target;
  const [other] = valuesOf(database, "masquerade", source);
  if (other !== undefined) return setMasquerade(filter, target, other);
  if (filter.element("inet", mapOf(family), key) === undefined) return;
  filter.run([deleteElementCommand(family, source)], `end the masquerade of ${source}`);
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

/** Whether the kernel masquerades the source, but for these local networks. */
export function isInKernel(filter: PacketFilter, { family, key, local }: MasqueradeRule): boolean {
  return filter.hasChain("inet", baseChain) &&
    filter.element("inet", mapOf(family), key)?.chain === chainOf(family, local);
}
