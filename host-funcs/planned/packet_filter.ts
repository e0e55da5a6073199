// The packet filter of a plan: nftables as it is, seen through what the plan has changed.

import type { PacketFilter } from "../firewall/packet_filter.ts";
import { tableName } from "../firewall/packet_filter.ts";
import type { ElementKey, SetElement, TableFamily } from "../sys/nftables_elements.ts";

const CHAIN_COMMAND = new RegExp(`^(add|delete) (table|chain) (inet|bridge) ${tableName} ?([\\w-]*)`);

/**
 * @param real the kernel's; undefined where it may not be read
 */
export function plannedPacketFilter(real: PacketFilter | undefined): PacketFilter {
  const chains = new Map<string, boolean>();
  const elements = new Map<string, SetElement | undefined>();
  const dropped = new Set<TableFamily>();
  const readable = (family: TableFamily) => dropped.has(family) ? undefined : real;
  return {
    run(commands) {
      for (const command of commands) {
        const [, verb, what, family, name] = CHAIN_COMMAND.exec(command) ?? [];
        if (what === "chain") chains.set(`${family} ${name}`, verb === "add");
        if (what !== "table" || verb !== "delete") continue;
        dropped.add(family as TableFamily);
        for (const map of [chains, elements]) {
          for (const key of map.keys()) if (key.startsWith(`${family} `)) map.delete(key);
        }
      }
    },
    // The kernel is not asked: it would load modules.
    check() {},
    hasChain(family, chain) {
      return chains.get(`${family} ${chain}`) ?? readable(family)?.hasChain(family, chain) ?? false;
    },
    element(at) {
      const key = keyOf(at);
      return elements.has(key) ? elements.get(key) : readable(at.family)?.element(at);
    },
    keys(family, set) {
      const kept = (readable(family)?.keys(family, set) ?? []).filter((key) =>
        !elements.has(keyOf({ family, set, key }))
      );
      const place = `${family} ${set} `;
      const added = [...elements].filter(([key, element]) => key.startsWith(place) && element !== undefined);
      return [...kept, ...added.map(([key]) => Uint8Array.from(key.slice(place.length).split("."), Number))];
    },
    change(changes) {
      for (const change of changes) {
        if ("delete" in change) elements.set(keyOf(change.delete), undefined);
        else elements.set(keyOf(change.add), change.chain === undefined ? {} : { chain: change.chain });
      }
    },
  };
}

function keyOf({ family, set, key }: ElementKey): string {
  return `${family} ${set} ${key.join(".")}`;
}
