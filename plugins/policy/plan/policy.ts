// A policy that is in force: what was read, and the rules that it makes, for whichever chains need them.

import type { ParsedPolicy } from "../parsed_policy.ts";
import type { Group } from "../world/entities.ts";
import type { Chain } from "./chain.ts";
import type { Compiled } from "./compile.ts";

export type Direction = "ingress" | "egress";

export interface Policy {
  readonly parsed: ParsedPolicy;
  /** `NetworkPolicy default/web` */
  readonly title: string;
  readonly subject: Group;
  /** Those that it is a part of. */
  readonly chains: Set<Chain>;
  /** Made when a chain first needs them; their sets' names are theirs as long as one does. */
  readonly rules: { ingress: Compiled | undefined; egress: Compiled | undefined };
}

export function titleOf({ name: { kind, namespace, name } }: ParsedPolicy): string {
  return kind === "network-policy" ? `NetworkPolicy ${namespace}/${name}` : `ClusterNetworkPolicy ${name}`;
}

const TIERS = ["admin", "network", "baseline"] as const;

/** The order in which policies judge: by tier, priority, and, as nothing else decides, by name. */
export function compareOrder({ parsed: one }: Policy, { parsed: other }: Policy): number {
  return TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier) || one.priority - other.priority ||
    compareTexts(one.name.namespace, other.name.namespace) || compareTexts(one.name.name, other.name.name);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
