// A table for tests: pods of which some are isolated, as the component plans it.

import type { Rule, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { Ruleset, type TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";

/** Addresses that are judged, by the comment of the one rule that judges them, and what it does. */
export interface Judged {
  readonly egress?: Readonly<Record<string, readonly [comment: string, "return" | "drop"]>>;
  readonly ingress?: Readonly<Record<string, readonly [comment: string, "return" | "drop"]>>;
}

/** Each address has a chain of its own for a direction. Addresses of both families; pods that are judged reach themselves. */
export function tableOf(judged: Judged): TableContent {
  const table = new Ruleset();
  const rules: Rule[] = [];
  const versionOf = (address: string) => address.includes(":") ? "6" : "4";
  for (const version of ["4", "6"] as const) {
    const type = version === "4" ? "ipv4-addr" : "ipv6-addr";
    const ip = version === "4" ? "ip" : "ip6";
    const addresses = [...Object.keys(judged.egress ?? {}), ...Object.keys(judged.ingress ?? {})];
    const self = [...new Set(addresses)].filter((it) => versionOf(it) === version).map((it) => ({
      key: `${it} . ${it}`,
    }));
    table.change([
      { tag: "add-set", val: { name: `self${version}`, key: [type, type], intervals: false, verdicts: false } },
      { tag: "put-elements", val: { set: `self${version}`, elements: self } },
    ]);
    rules.push({
      matches: [
        { tag: "in-set", val: { fields: [`${ip}-saddr`, `${ip}-daddr`], set: `self${version}`, negated: false } },
      ],
      statements: [{ tag: "verdict", val: { tag: "accept" } }],
      comment: "a pod reaches itself",
    });
  }
  for (const direction of ["egress", "ingress"] as const) {
    for (const version of ["4", "6"] as const) {
      const map = `${direction}${version}`;
      const key = [version === "4" ? "ipv4-addr" as const : "ipv6-addr" as const];
      table.change([{ tag: "add-set", val: { name: map, key, intervals: false, verdicts: true } }]);
      for (const [at, [address, [comment, tag]]] of Object.entries(judged[direction] ?? {}).entries()) {
        if (versionOf(address) !== version) continue;
        const verdict: Verdict = { tag: "jump", val: `${direction}-${at}` };
        const statements: Rule["statements"] = [{ tag: "verdict", val: { tag } }];
        table.change([
          { tag: "put-chain", val: { name: verdict.val, rules: [{ matches: [], statements, comment }] } },
          { tag: "put-elements", val: { set: map, elements: [{ key: address, verdict }] } },
        ]);
      }
      const field = direction === "egress" ? "saddr" as const : "daddr" as const;
      const fields = [version === "4" ? `ip-${field}` as const : `ip6-${field}` as const];
      rules.push({ matches: [], statements: [{ tag: "verdict-map", val: { fields, map } }], comment: map });
    }
  }
  table.change([{ tag: "put-chain", val: { name: "forward", base: { hook: "forward", priority: 0 }, rules } }]);
  return table;
}
