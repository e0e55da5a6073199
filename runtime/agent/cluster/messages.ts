// Between the agent and its thread for the overlay.

import type { LogLevel } from "../../cni/log.ts";
import type { ClusterOptions } from "../../cluster/cluster_options.ts";
import type { ClusterStatus } from "../../cluster/status.ts";
import type { Fields } from "../agent_log.ts";

/** To the thread, first of all. */
export interface ClusterStart {
  readonly role: "cluster";
  readonly options: ClusterOptions;
  /** `Deno.mainModule`, which a thread does not know. */
  readonly mainModule: string;
}

/** To the thread, later. */
export type ToCluster = { readonly kind: "status"; readonly id: number } | { readonly kind: "end" };

/** From the thread. */
export type FromCluster =
  | { readonly kind: "line"; readonly level: LogLevel; readonly message: string; readonly fields: Fields }
  /** The answer to `status`. */
  | { readonly kind: "status"; readonly id: number; readonly status: ClusterStatus }
  /** The answer to `end`. */
  | { readonly kind: "ended" };
