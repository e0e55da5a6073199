// What the tests of reading share: policies by their spec, and what is wrong with them.

import type { PolicyName } from "cnidaria:cni/policy@0.3.0";
import type { ParsedPolicy } from "../parsed_policy.ts";
import { readPolicy } from "./read_policy.ts";

export const NETWORK_POLICY: PolicyName = { kind: "network-policy", namespace: "shop", name: "web" };
export const CLUSTER_POLICY: PolicyName = { kind: "cluster-network-policy", namespace: "", name: "base" };

/** @throws {Error} where it is refused */
export function parsed(name: PolicyName, spec: object): ParsedPolicy {
  const policy = readPolicy({ name, spec: JSON.stringify(spec) });
  if (Array.isArray(policy)) throw new Error(`${name.name} is refused: ${JSON.stringify(policy)}`);
  return policy;
}

/** `PATH: it MESSAGE`, of everything; empty for a policy that is in order. */
export function wrong(name: PolicyName, spec: unknown): string[] {
  const policy = readPolicy({ name, spec: typeof spec === "string" ? spec : JSON.stringify(spec) });
  return Array.isArray(policy) ? policy.map(({ path, message }) => `${path}: it ${message}`) : [];
}
