// Decides whether a connection is allowed from the text of the policies alone, rule by rule as the documentation of the two
// APIs tells it. It is slow and plain on purpose: what the compiled rules and the kernel say is held against it.

import { isInBlock, isPort, isProtocol, selects } from "./matches.ts";
import {
  type Cluster,
  type ClusterNetworkPolicy,
  type ClusterPeer,
  type LabelSelector,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type Node,
  type Pod,
  type Protocol,
  titleOf,
} from "./objects.ts";

/** One end of a connection: a pod, a node's own network, or (neither given) somebody else. */
export interface Party {
  readonly address: string;
  readonly pod?: Pod;
  readonly node?: Node;
}

export interface Flow {
  readonly from: Party;
  readonly to: Party;
  readonly protocol: Protocol;
  /** Of the destination. */
  readonly port: number;
}

export interface Answer {
  readonly allowed: boolean;
  readonly why: string;
}

type Direction = "ingress" | "egress";

/** What of a rule of either kind decides whether it matches, once its peers have been found. */
interface Side {
  readonly cluster: Cluster;
  readonly direction: Direction;
  /** The pod that is judged, and the other end. */
  readonly subject: Pod;
  readonly peer: Party;
  readonly flow: Flow;
}

export function judge(cluster: Cluster, flow: Flow): Answer {
  const { from, to } = flow;
  if (from.address === to.address) return { allowed: true, why: "a pod reaches itself" };
  if (isOwnNode(from, to) || isOwnNode(to, from)) return { allowed: true, why: "a node and its own pod" };
  const answers: Answer[] = [];
  if (from.pod) answers.push(judgeSide({ cluster, direction: "egress", subject: from.pod, peer: to, flow }));
  if (to.pod) answers.push(judgeSide({ cluster, direction: "ingress", subject: to.pod, peer: from, flow }));
  return answers.find(({ allowed }) => !allowed) ??
    { allowed: true, why: answers.map(({ why }) => why).join("; ") || "nobody's pod" };
}

function isOwnNode({ node }: Party, { pod }: Party): boolean {
  return node !== undefined && node.metadata.name === pod?.spec.nodeName;
}

function judgeSide(side: Side): Answer {
  return byTier("Admin", side) ?? byNetworkPolicies(side) ?? byTier("Baseline", side) ??
    { allowed: true, why: `no policy decides about ${side.direction}` };
}

/** Undefined where the tier decides nothing, or leaves it to the next one. */
function byTier(tier: "Admin" | "Baseline", side: Side): Answer | undefined {
  const { cluster, direction } = side;
  const policies = cluster.policies.filter((it): it is ClusterNetworkPolicy => it.kind === "ClusterNetworkPolicy")
    .filter(({ spec }) => spec.tier === tier && isPeerPod(spec.subject, side.subject, cluster))
    // The API leaves it open which of two with the same priority comes first; this project says: by name.
    .sort((a, b) => a.spec.priority - b.spec.priority || (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const policy of policies) {
    for (const [at, rule] of (policy.spec[direction] ?? []).entries()) {
      const peers: readonly ClusterPeer[] = "from" in rule ? rule.from : rule.to;
      if (!peers.some((peer) => isClusterPeer(peer, side))) continue;
      const { protocols } = rule;
      if (protocols && !protocols.some((it) => isProtocol(it, destination(side)))) continue;
      if (rule.action === "Pass") return undefined;
      const allowed = rule.action === "Accept";
      return { allowed, why: `${titleOf(policy)} ${direction}[${at}] ${rule.action}` };
    }
  }
  return undefined;
}

/** Undefined where none selects the pod in this direction. */
function byNetworkPolicies(side: Side): Answer | undefined {
  const { cluster, direction, subject } = side;
  const policies = cluster.policies.filter((it): it is NetworkPolicy => it.kind === "NetworkPolicy")
    .filter(({ metadata, spec }) =>
      metadata.namespace === subject.metadata.namespace && selects(spec.podSelector ?? {}, subject.metadata.labels) &&
      typesOf(spec).includes(direction)
    );
  if (policies.length === 0) return undefined;
  for (const policy of policies) {
    for (const [at, rule] of (policy.spec[direction] ?? []).entries()) {
      const peers = ("from" in rule ? rule.from : "to" in rule ? rule.to : undefined) ?? [];
      const ports = rule.ports ?? [];
      const isPeer = peers.length === 0 || peers.some((peer) => isNetworkPeer(peer, policy, side));
      if (!isPeer || ports.length > 0 && !ports.some((port) => isPort(port, destination(side)))) continue;
      return { allowed: true, why: `${titleOf(policy)} ${direction}[${at}]` };
    }
  }
  return { allowed: false, why: `${direction} isolated by ${policies.map(titleOf).join(", ")}` };
}

/** Not given: ingress always, egress where there is a rule for it. */
function typesOf({ policyTypes, egress }: NetworkPolicy["spec"]): Direction[] {
  if (policyTypes && policyTypes.length > 0) return policyTypes.map((it) => it === "Ingress" ? "ingress" : "egress");
  return egress && egress.length > 0 ? ["ingress", "egress"] : ["ingress"];
}

function isNetworkPeer(peer: NetworkPolicyPeer, policy: NetworkPolicy, { cluster, peer: { address, pod } }: Side) {
  if (peer.ipBlock) return isInBlock(address, peer.ipBlock);
  if (pod === undefined) return false;
  const { namespaceSelector, podSelector } = peer;
  const isNamespace = namespaceSelector === undefined
    ? pod.metadata.namespace === policy.metadata.namespace
    : isNamespaceSelected(namespaceSelector, pod, cluster);
  return isNamespace && selects(podSelector ?? {}, pod.metadata.labels);
}

function isClusterPeer({ namespaces, pods, nodes, networks }: ClusterPeer, { cluster, peer }: Side): boolean {
  if (networks) return networks.some((cidr) => isInBlock(peer.address, { cidr }));
  if (nodes) {
    return cluster.nodes.some(({ metadata, status }) =>
      selects(nodes, metadata.labels) && status.addresses.some(({ address }) => address === peer.address)
    );
  }
  const given = { ...(namespaces && { namespaces }), ...(pods && { pods }) };
  return peer.pod !== undefined && isPeerPod(given, peer.pod, cluster);
}

function isPeerPod({ namespaces, pods }: Pick<ClusterPeer, "namespaces" | "pods">, pod: Pod, cluster: Cluster) {
  if (namespaces) return isNamespaceSelected(namespaces, pod, cluster);
  if (!pods) return false;
  return isNamespaceSelected(pods.namespaceSelector ?? {}, pod, cluster) &&
    selects(pods.podSelector, pod.metadata.labels);
}

function isNamespaceSelected(selector: LabelSelector, pod: Pod, { namespaces }: Cluster): boolean {
  const namespace = namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace);
  return namespace !== undefined && selects(selector, namespace.metadata.labels);
}

function destination({ flow: { to, protocol, port } }: Side) {
  return { pod: to.pod, protocol, port };
}
