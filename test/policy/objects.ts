// Objects of the Kubernetes API as policies are about them, in the shape in which they are written.

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

export const PROTOCOLS = ["TCP", "UDP", "SCTP"] as const;
export type Protocol = typeof PROTOCOLS[number];

export interface Namespace {
  readonly apiVersion: "v1";
  readonly kind: "Namespace";
  readonly metadata: { readonly name: string; readonly labels: Labels };
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: Protocol;
}

export interface Pod {
  readonly apiVersion: "v1";
  readonly kind: "Pod";
  readonly metadata: { readonly namespace: string; readonly name: string; readonly labels: Labels };
  readonly spec: {
    readonly nodeName: string;
    readonly containers: readonly { readonly name: string; readonly ports: readonly ContainerPort[] }[];
  };
  readonly status: { readonly phase: "Running"; readonly podIPs: readonly { readonly ip: string }[] };
}

export interface Node {
  readonly apiVersion: "v1";
  readonly kind: "Node";
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly status: { readonly addresses: readonly { readonly type: "InternalIP"; readonly address: string }[] };
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface NetworkPolicyPort {
  readonly protocol?: Protocol;
  readonly port?: number | string;
  readonly endPort?: number;
}

export interface NetworkPolicySpec {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly ("Ingress" | "Egress")[];
  readonly ingress?: readonly {
    readonly from?: readonly NetworkPolicyPeer[];
    readonly ports?: readonly NetworkPolicyPort[];
  }[];
  readonly egress?: readonly {
    readonly to?: readonly NetworkPolicyPeer[];
    readonly ports?: readonly NetworkPolicyPort[];
  }[];
}

export interface NetworkPolicy {
  readonly apiVersion: "networking.k8s.io/v1";
  readonly kind: "NetworkPolicy";
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: NetworkPolicySpec;
}

/** Exactly one of its fields. `nodes` and `networks` in egress alone. */
export interface ClusterPeer {
  readonly namespaces?: LabelSelector;
  readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector: LabelSelector };
  readonly nodes?: LabelSelector;
  readonly networks?: readonly string[];
}

interface DestinationPort {
  readonly destinationPort?: { readonly number: number } | {
    readonly range: { readonly start: number; readonly end: number };
  };
}

/** Exactly one of its fields. */
export interface ClusterProtocol {
  readonly tcp?: DestinationPort;
  readonly udp?: DestinationPort;
  readonly sctp?: DestinationPort;
  readonly destinationNamedPort?: string;
}

export interface ClusterRule {
  readonly name?: string;
  readonly action: "Accept" | "Deny" | "Pass";
  readonly protocols?: readonly ClusterProtocol[];
}

export interface ClusterNetworkPolicySpec {
  readonly tier: "Admin" | "Baseline";
  readonly priority: number;
  readonly subject: Pick<ClusterPeer, "namespaces" | "pods">;
  readonly ingress?: readonly (ClusterRule & { readonly from: readonly ClusterPeer[] })[];
  readonly egress?: readonly (ClusterRule & { readonly to: readonly ClusterPeer[] })[];
}

export interface ClusterNetworkPolicy {
  readonly apiVersion: "policy.networking.k8s.io/v1alpha2";
  readonly kind: "ClusterNetworkPolicy";
  readonly metadata: { readonly name: string };
  readonly spec: ClusterNetworkPolicySpec;
}

export type Policy = NetworkPolicy | ClusterNetworkPolicy;

/** All that there is at one moment. */
export interface Cluster {
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly policies: readonly Policy[];
}

export function networkPolicy(namespace: string, name: string, spec: NetworkPolicySpec): NetworkPolicy {
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { namespace, name }, spec };
}

export function clusterNetworkPolicy(name: string, spec: ClusterNetworkPolicySpec): ClusterNetworkPolicy {
  return { apiVersion: "policy.networking.k8s.io/v1alpha2", kind: "ClusterNetworkPolicy", metadata: { name }, spec };
}

/** What a policy is called: `NetworkPolicy x/deny`, `ClusterNetworkPolicy deny`. */
export function titleOf(policy: Policy): string {
  return policy.kind === "NetworkPolicy"
    ? `NetworkPolicy ${policy.metadata.namespace}/${policy.metadata.name}`
    : `ClusterNetworkPolicy ${policy.metadata.name}`;
}
