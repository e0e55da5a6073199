// What became of a change of the overlay.

import type { Family } from "cnidaria:cni/controller@0.3.0";

export interface Report {
  /** Devices, addresses, routes, neighbours and forwarding entries that were made or changed. */
  made: number;
  removed: number;
  /** What was looked at, and is as it should be. */
  unchanged: number;
  /** Messages to the kernel, the ones that only ask included. */
  messages: number;
  /** What this kernel cannot do, and the overlay can do without. */
  readonly notes: string[];
  readonly errors: OverlayError[];
}

export interface OverlayError {
  /** The peer that it is about; none: the node itself, or what nobody wants. */
  readonly peer?: string;
  readonly family?: Family;
  /** A sentence: `Cannot set the route to 10.244.2.0/24 via 10.244.2.0 on flannel.1 as ...` */
  readonly message: string;
}

export function emptyReport(): Report {
  return { made: 0, removed: 0, unchanged: 0, messages: 0, notes: [], errors: [] };
}
