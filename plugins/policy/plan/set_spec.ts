// What a rule needs a set for. Equal needs are equal texts, and share one set.

import type { Pods, Protocol, Selector } from "../parsed_policy.ts";
import { selectorText } from "../read/selector.ts";
import { podsText } from "../world/groups.ts";

export type Family = "ipv4" | "ipv6";

export type SetSpec =
  /** Addresses of pods. */
  | { readonly kind: "pods"; readonly family: Family; readonly pods: Pods }
  /** Addresses of nodes. */
  | { readonly kind: "nodes"; readonly family: Family; readonly nodes: Selector }
  /** Addresses, protocols and ports where a container names its port so. */
  | {
    readonly kind: "ports";
    readonly family: Family;
    readonly name: string;
    readonly protocol: Protocol | undefined;
  }
  /** Ranges of addresses that never change. */
  | { readonly kind: "networks"; readonly family: Family; readonly ranges: readonly string[] };

/** @returns the beginning of a name, and what it stands for */
export function specText(spec: SetSpec): { readonly prefix: string; readonly text: string } {
  const prefix = `${spec.kind}${spec.family === "ipv4" ? 4 : 6}-`;
  switch (spec.kind) {
    case "pods":
      return { prefix, text: podsText(spec.pods) };
    case "nodes":
      return { prefix, text: selectorText(spec.nodes) };
    case "ports":
      return { prefix, text: `${spec.protocol ?? "any"} ${spec.name}` };
    case "networks":
      return { prefix, text: spec.ranges.join() };
  }
}
