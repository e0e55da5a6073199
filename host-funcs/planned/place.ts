// The namespaces of a node in memory.

import type { Ns } from "cnidaria:cni/types@0.3.0";

/** A plan has one container; the node of a plugin's test as many as it attaches, each by its id. */
export type Place = "host" | "container" | `container ${string}`;

/** What the contract calls it. */
export function nsOf(place: Place): Ns {
  return place === "host" ? "host" : "container";
}
