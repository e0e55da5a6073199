// The packet filter of a plan: nftables as it is, seen through what the plan has changed.

import type { PacketFilter } from "../firewall/packet_filter.ts";
import { tableName } from "../firewall/packet_filter.ts";
import type { ElementKey, SetElement, TableFamily } from "../sys/nftables_elements.ts";

const CHAIN_COMMAND = new RegExp(`^(add|delete) (table|chain) (inet|bridge) ${tableName} ?([\\w-]*)`);
const RULE_COMMAND = new RegExp(`^add rule (inet|bridge) ${tableName} ([\\w-]+)`);

/**
 * @param real the kernel's; undefined where it may not be read
 */
export function plannedPacketFilter(real: PacketFilter | undefined): PacketFilter {
  const chains = new Map<string, boolean>();
  const rules = new Map<string, number>();
  const elements = new Map<string, { readonly at: ElementKey; readonly element: SetElement | undefined }>();
  const dropped = new Set<TableFamily>();
  const readable = (family: TableFamily) => dropped.has(family) ? undefined : real;
  return {
    run(commands) {
      for (const command of commands) {
        const [, ruleFamily, ruleChain] = RULE_COMMAND.exec(command) ?? [];
        const ruleKey = `${ruleFamily} ${ruleChain}`;
        if (ruleChain !== undefined) rules.set(ruleKey, (rules.get(ruleKey) ?? 0) + 1);
        const [, verb, what, family, name] = CHAIN_COMMAND.exec(command) ?? [];
        if (what === "chain") chains.set(`${family} ${name}`, verb === "add");
        if (what !== "table" || verb !== "delete") continue;
        dropped.add(family as TableFamily);
        for (const map of [chains, rules, elements]) {
          for (const key of map.keys()) if (key.startsWith(`${family} `)) map.delete(key);
        }
      }
    },
    hasChain(family, chain) {
      return chains.get(`${family} ${chain}`) ?? readable(family)?.hasChain(family, chain) ?? false;
    },
    // The kernel checks what is made; a plan makes nothing.
    check: () => {},
    countRules(family, chain) {
      const key = `${family} ${chain}`;
      if (chains.has(key)) return chains.get(key) ? rules.get(key) ?? 0 : 0;
      return (readable(family)?.countRules(family, chain) ?? 0) + (rules.get(key) ?? 0);
    },
    element(at) {
      const changed = elements.get(keyOf(at));
      return changed === undefined ? readable(at.family)?.element(at) : changed.element;
    },
    keys(family, set) {
      const present = (readable(family)?.keys(family, set) ?? []).filter((key) =>
        !elements.has(keyOf({ family, set, key }))
      );
      const added = [...elements.values()].filter(({ at, element }) =>
        element !== undefined && at.family === family && at.set === set
      );
      return [...present, ...added.map(({ at }) => at.key)];
    },
    change(changes) {
      for (const change of changes) {
        if ("delete" in change) elements.set(keyOf(change.delete), { at: change.delete, element: undefined });
        else {
          const element = change.chain === undefined ? {} : { chain: change.chain };
          elements.set(keyOf(change.add), { at: change.add, element });
        }
      }
    },
  };
}

function keyOf({ family, set, key }: ElementKey): string {
  return `${family} ${set} ${key.join(".")}`;
}
