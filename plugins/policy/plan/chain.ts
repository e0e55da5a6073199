// The chain that judges pods to which the same policies apply, in one direction.

import type { Chain as NftChain, Match, Rule, Statement, Verdict } from "cnidaria:cni/nftables@0.3.0";
import type { Options } from "cnidaria:cni/policy@0.3.0";
import type { Identity } from "../world/entities.ts";
import type { Compiled } from "./compile.ts";
import type { Names } from "./names.ts";
import type { Direction, Policy } from "./policy.ts";
import type { SetSpec } from "./set_spec.ts";

export interface Chain {
  readonly name: string;
  readonly direction: Direction;
  /** In the order in which they judge. */
  policies: readonly Policy[];
  readonly users: Set<Identity>;
  /** As it is in the plan, with the chain for what passes the admin tier. */
  built: BuiltChain | undefined;
}

export interface BuiltChain {
  /** In the order in which they have to be made: who is jumped to comes first. */
  readonly chains: readonly NftChain[];
  /** By name. */
  readonly sets: ReadonlyMap<string, SetSpec>;
  readonly counters: ReadonlySet<string>;
}

/** What a chain's rules are made with. */
export interface Builder {
  readonly options: Options;
  readonly names: Names;
  compiled(policy: Policy, direction: Direction): Compiled;
}

/** Its rules: the admin tier, then NetworkPolicies where there are any, else the baseline. */
export function buildChain({ name, direction, policies }: Chain, builder: Builder): BuiltChain {
  const sets = new Map<string, SetSpec>();
  const counters = new Set<string>();
  const network = policies.filter(({ parsed }) => parsed.tier === "network");
  const rest = `${name}-rest`;
  const isPassing = ({ parsed }: Policy) =>
    parsed.tier === "admin" && parsed[direction]!.some(({ action }) => action === "pass");
  const hasRest = policies.some(isPassing);

  const rulesInto = (rules: Rule[], chain: string, policy: Policy) => {
    const compiled = builder.compiled(policy, direction);
    for (const [name, spec] of compiled.sets) sets.set(name, spec);
    const judges: { accept?: Statement[]; deny?: string } = {};
    const counterOf = (action: "accept" | "deny") => {
      const counter = builder.names.plain(`${action}.${direction}.`, counterText(policy));
      counters.add(counter);
      return counter;
    };
    for (const { matches, action, comment } of compiled.rules) {
      switch (action) {
        case "accept":
          judges.accept ??= judge(counterOf(action), "return");
          rules.push({ matches, statements: judges.accept, comment });
          break;
        case "deny":
          judges.deny ??= counterOf(action);
          denyInto(rules, chain, matches, judges.deny, comment, builder.options);
          break;
        case "pass": {
          const isAdmin = policy.parsed.tier === "admin";
          const val: Verdict = isAdmin ? { tag: "goto", val: rest } : { tag: "return" };
          rules.push({ matches, statements: [{ tag: "verdict", val }], comment });
        }
      }
    }
  };

  const main: Rule[] = [];
  for (const policy of policies) if (policy.parsed.tier === "admin") rulesInto(main, name, policy);
  const after: Rule[] = hasRest ? [] : main;
  const afterName = hasRest ? rest : name;
  if (network.length > 0) {
    for (const policy of network) rulesInto(after, afterName, policy);
    const counter = `drop.${name}`;
    counters.add(counter);
    const by = network.map(({ title }, at) => at === 0 ? title : title.replace(/^NetworkPolicy /, "")).join(", ");
    denyInto(after, afterName, [], counter, `isolated by ${by}`, builder.options);
  } else {
    for (const policy of policies) if (policy.parsed.tier === "baseline") rulesInto(after, afterName, policy);
  }
  const chain = { name, rules: main };
  if (!hasRest) return { chains: [chain], sets, counters };
  main.push({
    matches: [],
    statements: [{ tag: "verdict", val: { tag: "goto", val: rest } }],
    comment: "after the admin tier",
  });
  return { chains: [{ name: rest, rules: after }, chain], sets, counters };
}

function counterText({ parsed: { name: { kind, namespace, name } } }: Policy): string {
  return kind === "network-policy" ? `np.${namespace}/${name}` : `cnp.${name}`;
}

function judge(counter: string, tag: "return" | "drop"): Statement[] {
  return [{ tag: "counter", val: counter }, { tag: "verdict", val: { tag } }];
}

function denyInto(
  rules: Rule[],
  chain: string,
  matches: Match[],
  counter: string,
  comment: string,
  { logGroup, logPerSecond }: Options,
): void {
  if (logGroup !== undefined && logPerSecond > 0) {
    // Who listens finds the rule by its place, which is the next one's.
    const prefix = `${chain} ${rules.length + 1}`;
    rules.push({
      matches: [...matches, { tag: "at-most", val: logPerSecond }],
      statements: [{ tag: "log", val: { group: logGroup, prefix, snaplen: 128 } }],
      comment: "",
    });
  }
  rules.push({ matches, statements: judge(counter, "drop"), comment });
}
