// A policy as it was read and checked, of either kind: what the rest of this plugin works with.

import type { PolicyName } from "cnidaria:cni/policy@0.3.0";

/** One term of a label selector; `matchLabels` become `In` with one value. */
export interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** Sorted, none twice; empty for `Exists` and `DoesNotExist`. */
  readonly values: readonly string[];
}

/** All of them have to hold; none: everything is selected. Sorted, so that equal selectors are equal texts. */
export type Selector = readonly Requirement[];

/** Pods by namespace and by label. A namespace is given by its name, or by a selector of namespaces. */
export interface Pods {
  readonly namespaces: { readonly name: string } | { readonly selector: Selector };
  readonly pods: Selector;
}

export type Peer =
  | { readonly kind: "pods"; readonly pods: Pods }
  | { readonly kind: "nodes"; readonly nodes: Selector }
  /** In CIDR notation as the kernel prints it, all of one family; `except` lies inside `cidr`. */
  | { readonly kind: "network"; readonly cidr: string; readonly except: readonly string[] };

export type Protocol = "tcp" | "udp" | "sctp";

export type Port =
  /** Both included; 0 to 65535 is all of the protocol. */
  | { readonly protocol: Protocol; readonly first: number; readonly last: number }
  /** The port that the destination's container names so; any protocol where there is none. */
  | { readonly protocol: Protocol | undefined; readonly name: string };

/** What a rule that matches does. A NetworkPolicy's rules accept. `pass` leaves it to what comes after the tier. */
export type Action = "accept" | "deny" | "pass";

export interface ParsedRule {
  /** Undefined: whoever it is. Empty: nobody. */
  readonly peers: readonly Peer[] | undefined;
  /** Undefined: whatever the protocol. */
  readonly ports: readonly Port[] | undefined;
  readonly action: Action;
  /** Which one it is, for a person: `ingress[0]`, or `ingress[0] "allow-dns"` where it has a name. */
  readonly label: string;
}

export interface ParsedPolicy {
  readonly name: PolicyName;
  /** `admin` is judged before all NetworkPolicies, `baseline` where none selects the pod. */
  readonly tier: "admin" | "network" | "baseline";
  /** Of `admin` and `baseline`: lower is judged first. */
  readonly priority: number;
  readonly subject: Pods;
  /** Undefined where the policy says nothing about that direction. */
  readonly ingress: readonly ParsedRule[] | undefined;
  readonly egress: readonly ParsedRule[] | undefined;
}
