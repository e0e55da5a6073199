// What of a Kubernetes object has to be as it is, so that it can be used: only what is read here.

import * as v from "valibot";
import { parseAddress } from "../../../host-funcs/ip_number.ts";
import type { Kind } from "../objects.ts";
import type { Path } from "./yaml_file.ts";

const name = v.pipe(v.string(), v.minLength(1, "is empty"));
const address = v.pipe(
  v.string(),
  v.check((text) => parseAddress(text) !== undefined, ({ input }) => `is no address: ${JSON.stringify(input)}`),
);
const metadata = v.object({
  name,
  namespace: v.optional(name),
  labels: v.nullish(v.record(v.string(), v.string())),
});
const port = v.object({
  name: v.optional(name),
  protocol: v.optional(v.picklist(["TCP", "UDP", "SCTP"])),
  containerPort: v.pipe(
    v.number(),
    v.check((it) => Number.isInteger(it) && it >= 1 && it <= 65535, ({ input }) => `is no port: ${input}`),
  ),
});
const container = v.object({ restartPolicy: v.optional(v.string()), ports: v.nullish(v.array(port)) });
const pod = v.object({
  metadata,
  spec: v.optional(v.object({
    nodeName: v.optional(v.string()),
    hostNetwork: v.optional(v.boolean()),
    containers: v.optional(v.array(container)),
    initContainers: v.nullish(v.array(container)),
  })),
  status: v.optional(v.object({
    phase: v.optional(v.string()),
    podIP: v.optional(address),
    podIPs: v.nullish(v.array(v.object({ ip: address }))),
  })),
});
const node = v.object({
  metadata,
  status: v.optional(v.object({
    addresses: v.nullish(v.array(v.object({ type: v.string(), address: v.string() }))),
  })),
});
// What a policy's spec may be is the compiler's to say.
const policy = v.object({ metadata, spec: v.looseObject({}) });

const schemas = {
  Namespace: v.object({ metadata }),
  Pod: pod,
  Node: node,
  NetworkPolicy: policy,
  ClusterNetworkPolicy: policy,
} as const;

export interface FieldProblem {
  readonly path: Path;
  /** Completes "it". */
  readonly message: string;
}

/** What is wrong with an object of that kind; nothing, where it can be used. */
export function fieldProblems(kind: Kind, json: unknown): FieldProblem[] {
  const { issues = [] } = v.safeParse(schemas[kind], json);
  return issues.map((issue) => ({
    path: (issue.path ?? []).map(({ key }) => typeof key === "number" ? key : String(key)),
    message: issue.type === "check" || issue.type === "min_length" ? issue.message : wordsOf(issue),
  }));
}

function wordsOf({ received, expected }: v.BaseIssue<unknown>): string {
  if (received === "undefined") return "is missing";
  return `is ${received}${
    expected === null ? "" : `: expected ${expected.replace(/^\(|\)$/g, "").replaceAll("|", "or")}`
  }`;
}
