// What policies have let in and dropped, told from the counters of the rules that are in force.

import type { TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import type { Count } from "../../host-funcs/firewall/ruleset/kernel_ruleset.ts";

export interface PolicyCount {
  readonly direction: "ingress" | "egress";
  /** `isolated`: dropped as no rule of the policies that select the pod allows it. */
  readonly verdict: "accept" | "deny" | "isolated";
  /** `NetworkPolicy shop/web`; of those that isolate together, all: `NetworkPolicy shop/a, shop/b`. */
  readonly policy: string;
  /** Packets that were judged: of what is allowed, the first one of each connection. */
  packets: number;
  bytes: number;
}

/** `NetworkPolicy shop/web ingress[0]`, `ClusterNetworkPolicy deny egress[1] "dns"` */
const RULE = /^((?:Cluster)?NetworkPolicy \S+) (?:in|e)gress\[/;
const ISOLATED = /^isolated by (.+)$/;

/** @param counted by the names of counters, as the kernel has them */
export function policyCounts(content: TableContent, counted: ReadonlyMap<string, Count>): PolicyCount[] {
  const counts = new Map<string, PolicyCount>();
  const taken = new Set<string>();
  for (const { name, rules } of content.chains.values()) {
    for (const { statements, comment } of rules) {
      for (const { tag, val } of statements) {
        // Rules of one policy share a counter.
        if (tag !== "counter" || taken.has(val)) continue;
        taken.add(val);
        const isolated = ISOLATED.exec(comment)?.[1];
        const policy = isolated ?? RULE.exec(comment)?.[1];
        if (policy === undefined) continue;
        const isDropped = statements.some((it) => it.tag === "verdict" && it.val.tag === "drop");
        const verdict = isolated !== undefined ? "isolated" : isDropped ? "deny" : "accept";
        const direction = name.startsWith("egress") ? "egress" : "ingress";
        const key = JSON.stringify([direction, verdict, policy]);
        const count = counts.get(key) ?? { direction, verdict, policy, packets: 0, bytes: 0 };
        counts.set(key, count);
        count.packets += Number(counted.get(val)?.packets ?? 0);
        count.bytes += Number(counted.get(val)?.bytes ?? 0);
      }
    }
  }
  return [...counts.values()];
}
