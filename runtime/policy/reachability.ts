// Who of a cluster's pods reaches whom at which port, and which rules decide: all that a table says of them.

import type { TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { Evaluator } from "./evaluate.ts";
import { explain, type Explanation, type Party } from "./explain.ts";
import type { FolderPod } from "./folder/compiled_folder.ts";

export interface PortOfPods {
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string;
  readonly port: number;
}

/** One answer for the families in which it is the same. */
export interface Reach extends PortOfPods {
  /** `namespace/name` */
  readonly from: string;
  readonly to: string;
  readonly families: readonly (4 | 6)[];
  readonly allowed: boolean;
  /** Of both sides, where both decide: what the rules are for. */
  readonly rule: string;
}

/**
 * Every pair of pods, each with itself too. Pods without a family in common do not reach each other, and have no answer.
 *
 * @param content a table that judges all of these pods
 * @param ports to ask about; where none are given, those of each destination's containers
 */
export function* reachability(
  content: TableContent,
  pods: readonly FolderPod[],
  ports: readonly PortOfPods[] = [],
): Generator<Reach> {
  const evaluator = new Evaluator(content);
  const parties = pods.map((pod): Party => ({
    name: `${pod.namespace}/${pod.name}`,
    addresses: pod.addresses,
    pod,
    node: pod.node || undefined,
  }));
  for (const [at, to] of parties.entries()) {
    for (const { protocol, port } of ports.length > 0 ? ports : distinctPorts(pods[at]!.containerPorts)) {
      for (const from of parties) {
        const found = explain(evaluator, from, to, protocol, port)
          .map((it) => ({ family: it.family, allowed: it.allowed, rule: decidingRule(it) }));
        for (const same of Map.groupBy(found, ({ allowed, rule }) => `${allowed} ${rule}`).values()) {
          const { allowed, rule } = same[0]!;
          const families = same.map(({ family }) => family);
          yield { from: from.name, to: to.name, protocol, port, families, allowed, rule };
        }
      }
    }
  }
}

/** Sorted, each once. */
export function distinctPorts(ports: readonly PortOfPods[]): PortOfPods[] {
  const byText = new Map(ports.map(({ protocol, port }) => [`${protocol} ${port}`, { protocol, port }]));
  return [...byText.values()].sort((one, other) =>
    one.protocol === other.protocol ? one.port - other.port : one.protocol < other.protocol ? -1 : 1
  );
}

/** What one has to look at who wants another answer. */
export function decidingRule({ allowed, egress, ingress }: Explanation): string {
  const deciding = [egress, ingress].filter(({ verdict }) => verdict === (allowed ? "allowed" : "denied"));
  const rules = new Set(deciding.map(({ rule }) => rule).filter((rule) => rule !== undefined));
  if (rules.size > 0) return [...rules].join("; ");
  return deciding.some(({ why }) => why === "no rule applies") ? "no rule applies" : "no policy";
}
