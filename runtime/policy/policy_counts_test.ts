import { assertEquals } from "@std/assert";
import type { Rule, Statement } from "cnidaria:cni/nftables@0.3.0";
import { Ruleset } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { policyCounts } from "./policy_counts.ts";

function rule(comment: string, counter: string, verdict: "return" | "drop"): Rule {
  const statements: Statement[] = [{ tag: "counter", val: counter }, { tag: "verdict", val: { tag: verdict } }];
  return { matches: [], statements, comment };
}

Deno.test("counters are told by policy, those of several chains together", () => {
  const table = new Ruleset();
  table.change([
    ...["a", "d", "x", "y", "other"].map((val) => ({ tag: "add-counter" as const, val })),
    {
      tag: "put-chain",
      val: {
        name: "ingress-1",
        rules: [
          rule("NetworkPolicy shop/web ingress[0]", "a", "return"),
          rule("NetworkPolicy shop/web ingress[1]", "a", "return"),
          rule('ClusterNetworkPolicy guard ingress[0] "all"', "d", "drop"),
          rule("isolated by NetworkPolicy shop/web, shop/db", "x", "drop"),
          rule("somebody's", "other", "drop"),
        ],
      },
    },
    {
      tag: "put-chain",
      val: { name: "ingress-2-rest", rules: [rule("isolated by NetworkPolicy shop/web, shop/db", "y", "drop")] },
    },
    { tag: "put-chain", val: { name: "egress-1", rules: [rule("isolated by NetworkPolicy shop/out", "x", "drop")] } },
  ]);
  const counted = new Map(
    [["a", [3, 180]], ["x", [2, 120]], ["y", [5, 300]], ["other", [9, 9]]].map(([name, count]) => {
      const [packets, bytes] = count as [number, number];
      return [String(name), { packets: BigInt(packets), bytes: BigInt(bytes) }];
    }),
  );
  const by = (direction: string, verdict: string, policy: string, packets: number, bytes: number) => ({
    direction,
    verdict,
    policy,
    packets,
    bytes,
  });
  assertEquals<unknown>(policyCounts(table, counted), [
    by("ingress", "accept", "NetworkPolicy shop/web", 3, 180),
    by("ingress", "deny", "ClusterNetworkPolicy guard", 0, 0),
    by("ingress", "isolated", "NetworkPolicy shop/web, shop/db", 7, 420),
  ]);
});
