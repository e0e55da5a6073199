// Where a cluster's state is: which node has which subnet. Three engines stand behind this interface; all keep to
// Flannel's own layout, so that its nodes and ours can share one network.

import type { NetworkConfig } from "../network_config.ts";

/** What one node has in one address family. */
export interface FamilyLease {
  /** Its pods' subnet, CIDR notation, canonical. */
  readonly subnet: string;
  /** The address by which other nodes reach it. */
  readonly publicIp: string;
  /** JSON text of what the backend has published; empty where there is none. */
  readonly backendData: string;
}

/** A node, as the store has it. At least one family is there. */
export interface ClusterNode {
  /** What tells nodes apart in this store: Kubernetes' node name, the key of a lease, a name in the file. */
  readonly name: string;
  readonly backendType: string;
  readonly ipv4?: FamilyLease;
  readonly ipv6?: FamilyLease;
}

/** What this node wants to have. */
export interface LeaseRequest {
  /** Name of this node. In etcd, where Flannel's entries have no names, `publicIp` tells whose a lease is. */
  readonly node: string;
  readonly publicIp?: string;
  readonly publicIpv6?: string;
  /** Subnets it had before, from its subnet file: taken again if nobody else has them. */
  readonly earlier: readonly string[];
}

/** What this node has. `name` is its own among `ClusterNode`s. */
export interface OwnLease {
  readonly name: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Milliseconds since the epoch; none where it does not end by time. */
  readonly expiresAt?: number;
}

export type StoreEvent =
  /**
   * Everything there is; what is not in it has gone. It comes first (after `unreachable`, if need be) and after every
   * loss of the watch's place. What it leaves out as being of no use follows, each as `ignored`.
   */
  | { readonly kind: "all"; readonly nodes: readonly ClusterNode[] }
  | { readonly kind: "set"; readonly node: ClusterNode }
  | { readonly kind: "gone"; readonly name: string }
  /** An entry that is of no use, and why: a sentence that names it. It counts as gone. */
  | { readonly kind: "ignored"; readonly name: string; readonly why: string }
  /**
   * The store, or a part of it, cannot be read, or can be again. What was known goes on being true meanwhile. Told once
   * for each reason.
   */
  | { readonly kind: "unreachable"; readonly why: string }
  | { readonly kind: "reachable" };

/**
 * A store. Methods that ask it throw `StoreError`; `signal` ends any of them.
 */
export interface Store extends AsyncDisposable {
  /** `etcd`, `kubernetes` or `static`, for people. */
  readonly kind: string;
  /** Where it is, for people: endpoints, or a path. */
  readonly where: string;
  /** The network's configuration (net-conf.json). @throws {StoreError | NetworkConfigError} */
  network(signal: AbortSignal): Promise<NetworkConfig>;
  /**
   * Takes a subnet, or keeps the one this node has, by compare-and-swap: two nodes never hold one.
   *
   * @throws {StoreError} `conflict` where another node holds what this one must have, `exhausted` where none is free
   */
  acquire(request: LeaseRequest, network: NetworkConfig, signal: AbortSignal): Promise<OwnLease>;
  /** Publishes what the backend needs others to know. @throws {StoreError} `lost` if the lease is another's by now */
  publish(own: OwnLease, node: ClusterNode, signal: AbortSignal): Promise<OwnLease>;
  /** Makes the lease last longer. @throws {StoreError} `lost` if it is another's by now */
  renew(own: OwnLease, node: ClusterNode, signal: AbortSignal): Promise<OwnLease>;
  /** This node's address is another: connections that were made with the old one are dead, and are made anew. */
  reconnect?(): void;
  /** All other nodes and this one, as they change; resumes by itself, with back-off. Ends only by `signal`. */
  watch(signal: AbortSignal): AsyncIterable<StoreEvent>;
}

export type StoreErrorKind = "unreachable" | "refused" | "invalid" | "conflict" | "exhausted" | "lost";

/** What a store answers, as a sentence that says what failed, on what, why, and what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(readonly kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
