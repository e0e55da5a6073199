// What the judges do not agree on, for a person: the policies as YAML, who has which labels, and the three answers.

import { stringify } from "yaml";
import type { Difference } from "./judges.ts";
import type { Cluster } from "./objects.ts";

const MOST = 12;

export function describe(differences: readonly Difference[]): string {
  const word = (allowed: boolean) => allowed ? "allowed" : "denied";
  const lines = differences.slice(0, MOST).flatMap(({ probe, expected, oracle, explain, packets }) => [
    `${probe}${expected === undefined ? "" : `, expected to be ${word(expected)}`}`,
    `  evaluator: ${word(oracle.allowed)}: ${oracle.why}`,
    `  explain:   ${word(explain.allowed)}: ${explain.why}`,
    `  packets:   ${word(packets)}`,
  ]);
  if (differences.length > MOST) lines.push(`and ${differences.length - MOST} more`);
  return lines.join("\n");
}

export function describeCluster({ namespaces, pods, nodes, policies }: Cluster): string {
  const things = [
    ...namespaces.map(({ metadata }) => `namespace ${metadata.name} ${JSON.stringify(metadata.labels)}`),
    ...nodes.map(({ metadata }) => `node ${metadata.name} ${JSON.stringify(metadata.labels)}`),
    ...pods.map(({ metadata, spec, status }) => {
      const ports = spec.containers.flatMap(({ ports }) => ports).map(({ name, containerPort, protocol = "TCP" }) =>
        `${name}=${protocol}/${containerPort}`
      );
      const addresses = status.podIPs.map(({ ip }) => ip).join(" ");
      return `pod ${metadata.namespace}/${metadata.name} on ${spec.nodeName}, ${addresses} ${
        JSON.stringify(metadata.labels)
      } ${ports.join(" ")}`;
    }),
  ];
  const documents = policies.map((it) => stringify(it, { aliasDuplicateObjects: false }));
  return `${things.join("\n")}\n${documents.map((it) => `---\n${it}`).join("")}`;
}
