// What the agent answers to who asks it of policies: `GET /policy/ruleset` and `GET /policy/drops`. `GET /policy` is a
// `PolicyStatus`.

import type { NamedPort } from "cnidaria:cni/policy@0.1.0";
import type { NumberedDrop } from "./drops/drop_ring.ts";
import type { ContentJson } from "./ruleset_json.ts";

/** A pod that policies are about. */
export interface ListedPod {
  readonly namespace: string;
  readonly name: string;
  /** As the kernel prints them. */
  readonly addresses: readonly string[];
  /** Those with a name. */
  readonly ports: readonly NamedPort[];
  /** Whether its traffic is judged by these rules. */
  readonly local: boolean;
}

/** `GET /policy/ruleset` */
export interface RulesetAnswer {
  readonly node: string;
  /** What is in force. */
  readonly content: ContentJson;
  readonly pods: readonly ListedPod[];
  readonly exact: true;
}

/** `GET /policy/drops`: the last packets that were dropped, oldest first. */
export interface DropsAnswer {
  readonly drops: readonly NumberedDrop[];
}
