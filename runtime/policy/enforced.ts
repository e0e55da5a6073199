// What is in force on a node, as who judges packets by it elsewhere gets it.

import type { TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { type ContentJson, toJson } from "./ruleset_json.ts";
import type { World } from "./world.ts";

export interface EnforcedPod {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
  /** Whether its traffic is judged on this node. */
  readonly local: boolean;
}

/** Can be told as JSON. */
export interface EnforcedPolicies {
  readonly node: string;
  /** Of the node itself, as the cluster knows them. Between these and its own pods nothing is judged. */
  readonly addresses: readonly string[];
  /** What is in the table: `fromJson` reads it. */
  readonly content: ContentJson;
  readonly pods: readonly EnforcedPod[];
}

export function enforcedOf(node: string, content: TableContent, world: World): EnforcedPolicies {
  const pods = world.all().flatMap((event): EnforcedPod[] => {
    if (event.tag !== "pod") return [];
    const { name, addresses, ports, local } = event.val;
    return [{ ...name, addresses, ports, local }];
  });
  const own = world.all().find(({ tag, val }) => tag === "node" && val.name === node);
  return { node, addresses: own?.tag === "node" ? own.val.addresses : [], content: toJson(content), pods };
}
