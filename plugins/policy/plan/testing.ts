// What the tests of planning share: a planner, and the table that its plans have made so far.

import { assert, assertEquals } from "@std/assert";
import type { Change, Match, Statement } from "cnidaria:cni/nftables@0.3.0";
import type { NamedPort, Options, PolicyName } from "cnidaria:cni/policy@0.3.0";
import { Ruleset, type TableContent } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import { parsed } from "../read/testing.ts";
import { Planner } from "./planner.ts";

type Labels = Record<string, string>;

export class Planned {
  readonly planner: Planner;
  readonly table = new Ruleset();

  constructor(options: Options = { logPerSecond: 10 }) {
    this.planner = new Planner(options);
  }

  namespace(name: string, labels: Labels): this {
    this.planner.world.namespaceSet({ name, labels: Object.entries(labels) });
    return this;
  }

  /** On this node unless `local` says otherwise. */
  pod(path: string, labels: Labels, addresses: string[], more: { local?: boolean; ports?: NamedPort[] } = {}): this {
    const { local = true, ports = [] } = more;
    this.planner.world.podSet({ name: podName(path), labels: Object.entries(labels), addresses, ports, local });
    return this;
  }

  podGone(path: string): this {
    this.planner.world.podGone(podName(path));
    return this;
  }

  node(name: string, labels: Labels, addresses: string[]): this {
    this.planner.world.nodeSet({ name, labels: Object.entries(labels), addresses });
    return this;
  }

  network(path: string, spec: object): this {
    this.planner.policySet(parsed(networkPolicy(path), spec));
    return this;
  }

  cluster(name: string, spec: object): this {
    this.planner.policySet(parsed(clusterPolicy(name), spec));
    return this;
  }

  /** Applies what is to be changed, each change where the contract allows it. */
  plan(): Change[] {
    const changes = this.planner.plan();
    for (const change of changes) {
      checkPlace(change, this.table);
      this.table.change([change]);
    }
    for (const chain of this.table.chains.values()) assertIsWhole(chain.rules, this.table);
    return changes;
  }
}

export function networkPolicy(path: string): PolicyName {
  return { kind: "network-policy", ...podName(path) };
}

export function clusterPolicy(name: string): PolicyName {
  return { kind: "cluster-network-policy", namespace: "", name };
}

/** `namespace/name` */
export function podName(path: string): { namespace: string; name: string } {
  const [namespace, name] = path.split("/") as [string, string];
  return { namespace, name };
}

/** What is in a table, without the order in which it came. */
export function contentOf({ sets, chains, counters }: TableContent): unknown {
  const sorted = <T>(map: Iterable<[string, T]>) => [...map].sort(([one], [other]) => one < other ? -1 : 1);
  return {
    sets: sorted([...sets].map(([name, set]) => [name, { ...set, elements: sorted(set.elements) }])),
    chains: sorted(chains),
    counters: [...counters].sort(),
  };
}

function checkPlace(change: Change, table: TableContent): void {
  const what = () => JSON.stringify(change).slice(0, 300);
  switch (change.tag) {
    case "add-set":
      return assert(!table.sets.has(change.val.name), `there is such a set: ${what()}`);
    case "add-counter":
      return assert(!table.counters.has(change.val), `there is such a counter: ${what()}`);
    case "put-elements":
      return assertIsWhole(
        change.val.elements.map(({ verdict }) => ({
          matches: [],
          statements: verdict === undefined ? [] : [{ tag: "verdict", val: verdict }],
        })),
        table,
      );
    case "delete-elements": {
      const held = table.sets.get(change.val.set)?.elements;
      for (const key of change.val.keys) assert(held?.has(key), `there is no such element: ${key} in ${what()}`);
      return;
    }
    case "put-chain":
      return assertIsWhole(change.val.rules, table);
    case "delete-set":
    case "delete-counter":
    case "delete-chain":
      for (const [name, { rules }] of table.chains) {
        if (name !== change.val) assert(!namesOf(rules).includes(change.val), `${name} needs it: ${what()}`);
      }
      for (const { elements } of table.sets.values()) {
        for (const verdict of elements.values()) {
          if (verdict?.tag === "jump") assert(verdict.val !== change.val, `it is jumped to: ${what()}`);
        }
      }
  }
}

type Rules = readonly { readonly matches: readonly Match[]; readonly statements: readonly Statement[] }[];

function assertIsWhole(rules: Rules, { sets, chains, counters }: TableContent): void {
  const missing = namesOf(rules).filter((name) => !sets.has(name) && !chains.has(name) && !counters.has(name));
  assertEquals(missing, []);
}

function namesOf(rules: Rules): string[] {
  return rules.flatMap(({ matches, statements }) => [
    ...matches.flatMap((match) => match.tag === "in-set" ? [match.val.set] : []),
    ...statements.flatMap((statement) => {
      if (statement.tag === "counter") return [statement.val];
      if (statement.tag === "verdict-map") return [statement.val.map];
      if (statement.tag !== "verdict") return [];
      return statement.val.tag === "jump" || statement.val.tag === "goto" ? [statement.val.val] : [];
    }),
  ]);
}
