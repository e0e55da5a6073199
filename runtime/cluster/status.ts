// How the overlay is, for people and for metrics.

import type { Family } from "cnidaria:cni/controller@0.3.0";
import type { PeerStatus } from "./peers.ts";

/** This node in one family. */
export interface FamilyStatus {
  readonly family: Family;
  readonly subnet: string;
  readonly publicIp: string;
  /** The link to the others. */
  readonly underlay: string;
  /** Where the backend has one. */
  readonly device?: string;
  /** Bytes. */
  readonly podMtu: number;
}

export interface ClusterStatus {
  readonly node: string;
  /** What keeps this node from taking part; none where it does. */
  readonly waitsFor?: string;
  readonly store: {
    readonly kind: string;
    readonly where: string;
    /** Why it cannot be reached; none where it can. */
    readonly unreachable?: string;
  };
  /** Flannel's name of the backend. */
  readonly backend?: string;
  readonly families: readonly FamilyStatus[];
  /** Milliseconds since the epoch; none where the lease does not end by time. */
  readonly leaseExpiresAt?: number;
  readonly peers: readonly PeerStatus[];
  /** Since the start: comparisons that found something wrong, and what they made or removed. */
  readonly repairs: number;
  readonly repaired: number;
}
