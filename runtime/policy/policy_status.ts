// How the policies of this node are, for people and for metrics.

import type { Rejection } from "cnidaria:cni/policy@0.3.0";
import type { Kind } from "./objects.ts";

export interface PolicyStatus {
  readonly node: string;
  /** Whether all kinds were listed once: before, what an earlier run left in the kernel stays. */
  readonly synced: boolean;
  /** Whether a plan of this run is in force. */
  readonly inForce: boolean;
  /** Kinds that were not listed yet. */
  readonly waitsFor: readonly Kind[];
  /** What of the source cannot be read at present. */
  readonly troubles: readonly string[];
  /** Why the last plan is not in force. */
  readonly failed?: string;
  readonly objects: Readonly<Record<Kind, number>>;
  /** Pods whose traffic is judged here. */
  readonly localPods: number;
  readonly rejected: readonly Rejection[];
  /** Addresses that are isolated, as the pod that they are of is not known. `pod`: `namespace/name`, or empty. */
  readonly waiting: readonly { readonly address: string; readonly pod: string }[];
  /** `at`: milliseconds since the epoch. `ms`: from the events to the kernel's answer. */
  readonly lastPlan?: { readonly at: number; readonly changes: number; readonly ms: number };
  /** Of all sets and maps. */
  readonly elements: number;
  /** Since the start. */
  readonly repairs: number;
  readonly failures: number;
}
