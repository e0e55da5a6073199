// Between the agent and its thread for the overlay.

import type { ClusterOptions } from "../../cluster/cluster_options.ts";
import type { ClusterStatus } from "../../cluster/status.ts";

/** To the thread, first of all. */
export interface ClusterStart {
  readonly role: "cluster";
  readonly options: ClusterOptions;
  /** `Deno.mainModule`, which a thread does not know. */
  readonly mainModule: string;
}

/** What it answers. */
export type ClusterAnswers = { readonly status: ClusterStatus };
