/// <reference path="./cnidaria-cni-nftables.d.ts" />
/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/policy@0.3.0' {
  /**
   * Called once, first of all. The first plan then begins with an empty table.
   */
  export function start(options: Options): void;
  /**
   * Takes in what there is. Any number of calls make one plan.
   */
  export function observe(events: Array<Event>): Array<Rejection>;
  /**
   * The changes for all that was observed: part after part, until there is no more. Parts of one plan are applied at once.
   */
  export function plan(): PlanPart;
  export type CniError = import('cnidaria:cni/types@0.3.0').CniError;
  export type Change = import('cnidaria:cni/nftables@0.3.0').Change;
  /**
   * A port that a container names, of `protocol` TCP, UDP or SCTP.
   */
  export interface NamedPort {
    name: string,
    protocol: string,
    port: number,
  }
  export interface Namespace {
    name: string,
    labels: Array<[string, string]>,
  }
  export interface PodName {
    namespace: string,
    name: string,
  }
  /**
   * A pod that is up, and no part of its node's own network.
   */
  export interface Pod {
    name: PodName,
    labels: Array<[string, string]>,
    /**
     * Without prefix length, as the kernel prints them; both families.
     */
    addresses: Array<string>,
    ports: Array<NamedPort>,
    /**
     * Whether it is on this node: so that its traffic is judged here.
     */
    local: boolean,
  }
  export interface Node {
    name: string,
    labels: Array<[string, string]>,
    addresses: Array<string>,
  }
  /**
   * # Variants
   * 
   * ## `"network-policy"`
   * 
   * networking.k8s.io/v1
   * ## `"cluster-network-policy"`
   * 
   * policy.networking.k8s.io/v1alpha2
   */
  export type PolicyKind = 'network-policy' | 'cluster-network-policy';
  export interface PolicyName {
    kind: PolicyKind,
    /**
     * Empty for a kind of the whole cluster.
     */
    namespace: string,
    name: string,
  }
  export interface PolicyObject {
    name: PolicyName,
    /**
     * `spec` as JSON text.
     */
    spec: string,
  }
  export type Event = EventNamespace | EventNamespaceGone | EventPod | EventPodGone | EventNode | EventNodeGone | EventPolicy | EventPolicyGone;
  /**
   * There is one, or it has changed.
   */
  export interface EventNamespace {
    tag: 'namespace',
    val: Namespace,
  }
  export interface EventNamespaceGone {
    tag: 'namespace-gone',
    val: string,
  }
  export interface EventPod {
    tag: 'pod',
    val: Pod,
  }
  export interface EventPodGone {
    tag: 'pod-gone',
    val: PodName,
  }
  export interface EventNode {
    tag: 'node',
    val: Node,
  }
  export interface EventNodeGone {
    tag: 'node-gone',
    val: string,
  }
  export interface EventPolicy {
    tag: 'policy',
    val: PolicyObject,
  }
  export interface EventPolicyGone {
    tag: 'policy-gone',
    val: PolicyName,
  }
  export interface FieldError {
    /**
     * `spec.ingress[0].from[1].ipBlock.cidr`
     */
    path: string,
    /**
     * Completes "it": `is no network in CIDR notation: "10.0.0.0"`.
     */
    message: string,
  }
  /**
   * A policy that cannot be used. What was in force by that name before stays so.
   */
  export interface Rejection {
    name: PolicyName,
    errors: Array<FieldError>,
  }
  export interface Options {
    /**
     * nfnetlink_log group to which packets that are dropped are handed, as often a second for each chain; none where
     * there is none.
     */
    logGroup?: number,
    logPerSecond: number,
  }
  /**
   * What is to be changed since the plan before: its first part, or a further one.
   */
  export interface PlanPart {
    changes: Array<Change>,
    more: boolean,
  }
}
