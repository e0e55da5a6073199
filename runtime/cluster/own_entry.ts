// What the store says of this node, against what it has published.

import type { ClusterNode, StoreEvent } from "./store/store.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

/**
 * Whether an event says that this node has nothing, or something else than it has.
 *
 * @returns what it says, completing the store's name; undefined where it is right, or about others
 */
export function contradiction(event: StoreEvent, own: ClusterNode): string | undefined {
  const said = saidOf(event, own.name);
  if (said === undefined) return undefined;
  const node = said === "nothing" ? undefined : said;
  const other = FAMILIES.find((family) => node?.[family] && node[family].publicIp !== own[family]?.publicIp);
  if (node !== undefined && other !== undefined) {
    return `says that node ${node.name} is at ${
      node[other]!.publicIp
    }, and not here: this node's own is written again; ` +
      `where that is another machine, the two have one name, and one needs another ("node" of the agent's cluster file)`;
  }
  const isRight = FAMILIES.every((family) =>
    own[family]?.publicIp === node?.[family]?.publicIp && own[family]?.subnet === node?.[family]?.subnet
  );
  return isRight ? undefined : "no longer says what this node has: it is written again";
}

/** What an event says of a node; undefined where it says nothing of it. */
function saidOf(event: StoreEvent, name: string): ClusterNode | "nothing" | undefined {
  switch (event.kind) {
    case "all":
      return event.nodes.find((node) => node.name === name) ?? "nothing";
    case "set":
      return event.node.name === name ? event.node : undefined;
    case "gone":
    case "ignored":
      return event.name === name ? "nothing" : undefined;
    default:
      return undefined;
  }
}
