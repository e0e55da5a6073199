// The packet filter of a plan: nftables as it is, seen through what the plan has changed.

import type { PacketFilter } from "../firewall/packet_filter.ts";
import { tableName } from "../firewall/packet_filter.ts";
import type { ElementKey, SetElement, TableFamily } from "../sys/nftables_elements.ts";

const TABLE = `(inet|bridge) (${tableName}(?:-\\w+)?)`;
const CHAIN_COMMAND = new RegExp(`^(add|delete) (table|chain) ${TABLE}(?: ([\\w-]+))?`);
const FLUSH_COMMAND = new RegExp(`^flush chain (${TABLE} [\\w-]+)`);
const RULE_COMMAND = new RegExp(`^add rule ${TABLE} ([\\w-]+)`);

/** A packet filter that tells what was changed in it. */
export interface PlannedPacketFilter extends PacketFilter {
  /** The elements that were added, and are there. */
  added(): ElementKey[];
}

/**
 * @param real the kernel's; undefined where it may not be read
 */
export function plannedPacketFilter(real: PacketFilter | undefined): PlannedPacketFilter {
  const chains = new Map<string, boolean>();
  const rules = new Map<string, number>();
  const elements = new Map<string, { readonly at: ElementKey; readonly element: SetElement | undefined }>();
  /** `inet cnidaria` */
  const dropped = new Set<string>();
  const readable = (family: TableFamily, table: string) => dropped.has(`${family} ${table}`) ? undefined : real;
  return {
    added: () => [...elements.values()].filter(({ element }) => element !== undefined).map(({ at }) => at),
    run(commands) {
      for (const command of commands) {
        const [, ruleFamily, ruleTable, ruleChain] = RULE_COMMAND.exec(command) ?? [];
        const ruleKey = `${ruleFamily} ${ruleTable} ${ruleChain}`;
        if (ruleChain !== undefined) rules.set(ruleKey, (rules.get(ruleKey) ?? 0) + 1);
        const [, verb, what, family, table, name] = CHAIN_COMMAND.exec(command) ?? [];
        const [, flushed] = FLUSH_COMMAND.exec(command) ?? [];
        if (flushed !== undefined) {
          chains.set(flushed, true);
          rules.set(flushed, 0);
        }
        if (what === "chain") chains.set(`${family} ${table} ${name}`, verb === "add");
        if (what !== "table" || verb !== "delete") continue;
        dropped.add(`${family} ${table}`);
        for (const map of [chains, rules, elements]) {
          for (const key of map.keys()) if (key.startsWith(`${family} ${table} `)) map.delete(key);
        }
      }
    },
    hasChain(family, chain, table = tableName) {
      return chains.get(`${family} ${table} ${chain}`) ?? readable(family, table)?.hasChain(family, chain, table) ??
        false;
    },
    chains(family, table = tableName) {
      const present = readable(family, table)?.chains(family, table) ?? [];
      const place = `${family} ${table} `;
      const own = [...chains].filter(([key]) => key.startsWith(place)).map((
        [key, is],
      ) => [key.slice(place.length), is]);
      const changed = new Map(own as [string, boolean][]);
      const kept = present.filter((name) => !changed.has(name));
      return [...kept, ...[...changed].filter(([, is]) => is).map(([name]) => name)];
    },
    forwardDrops: () => real?.forwardDrops() ?? [],
    // The kernel checks what is made; a plan makes nothing.
    check: () => {},
    countRules(family, chain, table = tableName) {
      const key = `${family} ${table} ${chain}`;
      if (chains.has(key)) return chains.get(key) ? rules.get(key) ?? 0 : 0;
      return (readable(family, table)?.countRules(family, chain, table) ?? 0) + (rules.get(key) ?? 0);
    },
    element(at) {
      const changed = elements.get(keyOf(at));
      return changed === undefined ? readable(at.family, at.table ?? tableName)?.element(at) : changed.element;
    },
    keys(family, set, table = tableName) {
      const place = { family, set, table };
      const present = (readable(family, table)?.keys(family, set, table) ?? []).filter((key) =>
        !elements.has(keyOf({ ...place, key }))
      );
      const added = [...elements.values()].filter(({ at, element }) =>
        element !== undefined && at.family === family && at.set === set && (at.table ?? tableName) === table
      );
      return [...present, ...added.map(({ at }) => at.key)];
    },
    change(changes) {
      for (const change of changes) {
        if ("delete" in change) elements.set(keyOf(change.delete), { at: change.delete, element: undefined });
        else {
          const { add: at, ...element } = change;
          elements.set(keyOf(at), { at, element });
        }
      }
    },
  };
}

function keyOf({ family, table = tableName, set, key }: ElementKey): string {
  return `${family} ${table} ${set} ${key.join(".")}`;
}
