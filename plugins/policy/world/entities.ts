// What there is in the cluster, joined: pods of one namespace with the same labels are one identity, and all selectors
// are asked about identities. So a hundred replicas cost what one does.

import type { NamedPort } from "cnidaria:cni/policy@0.3.0";
import type { Pods } from "../parsed_policy.ts";
import type { Chain } from "../plan/chain.ts";
import type { PodSet } from "../plan/pod_set.ts";
import type { PortSet } from "../plan/port_set.ts";
import type { Policy } from "../plan/policy.ts";

/** One that only pods or policies name has the label that the API would give it, and no other. */
export interface Namespace {
  readonly name: string;
  labels: ReadonlyMap<string, string>;
  isKnown: boolean;
  readonly identities: Map<string, Identity>;
  /** Groups that name it, and those whose selector selects it. */
  readonly groups: Set<Group>;
}

export interface Identity {
  readonly namespace: Namespace;
  /** Of its labels. */
  readonly text: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly pods: Set<Pod>;
  /** Of its pods, those on this node. */
  localPods: number;
  readonly groups: Set<Group>;
  /** What judges its pods on this node. */
  readonly chains: { ingress: Chain | undefined; egress: Chain | undefined };
}

export interface Pod {
  readonly key: string;
  readonly identity: Identity;
  readonly addresses: readonly Address[];
  readonly ports: readonly NamedPort[];
  readonly isLocal: boolean;
}

/** An address that pods have: of several, for a moment, the newest is meant, and before all one on this node. */
export interface Address {
  readonly text: string;
  readonly isIpv6: boolean;
  /** The newest last. */
  readonly pods: Pod[];
  /** Sets in the plan that it is an element of: few, each once. */
  readonly sets: PodSet[];
  readonly portSets: PortSet[];
}

/** Pods that a selector selects, whoever asks for them. */
export interface Group {
  readonly text: string;
  readonly pods: Pods;
  readonly members: Set<Identity>;
  uses: number;
  /** Policies that are about these pods. */
  readonly subjectOf: Set<Policy>;
  /** Of each family, where it is in the plan. */
  readonly sets: { ipv4: PodSet | undefined; ipv6: PodSet | undefined };
}

/** Whose the address is. */
export function ownerOf({ pods }: Address): Pod | undefined {
  for (let at = pods.length - 1; at >= 0; at--) if (pods[at]!.isLocal) return pods[at];
  return pods[pods.length - 1];
}
