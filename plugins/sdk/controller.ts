// The frame of a controller, a backend of the overlay: two functions in, the component's `controller` export out.

import type { LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { absent } from "./absent.ts";
import { toCniError } from "./host_error.ts";

/**
 * The functions of a controller, both pure. One that ends with an error throws: a `CniError`, which names the key of
 * `network` that is wrong. `network` is Flannel's net-conf.json.
 */
export interface ControllerFunctions {
  /** What the node needs, whoever the others are. */
  prepare(network: string, node: LocalNode): NodePlan;
  /** A plan for each peer, in their order. A peer that is of no use gets a plan with `refused`, and never an error. */
  reconcile(network: string, node: LocalNode, peers: Peer[]): PeerPlan[];
}

/**
 * Makes the `controller` export of a backend. Whatever a function throws reaches the agent as an error with a code and a
 * sentence; no error is lost in a trap.
 *
 * @example
 * ```ts
 * import { defineController } from "./controller.ts";
 *
 * export const controller = defineController({
 *   prepare: (_network, node) => ({ addresses: [], podMtu: node.underlayMtu, backendData: "" }),
 *   reconcile: (_network, _node, peers) => peers.map(() => ({ routes: [], neighbors: [], fdb: [] })),
 * });
 * ```
 */
export function defineController({ prepare, reconcile }: ControllerFunctions): ControllerFunctions {
  return {
    prepare(network, node) {
      try {
        return prepare(network, absent(node) as LocalNode);
      } catch (error) {
        throw toCniError(error, `prepare node ${node.name} for the overlay`);
      }
    },
    reconcile(network, node, peers) {
      try {
        return reconcile(network, absent(node) as LocalNode, peers);
      } catch (error) {
        throw toCniError(error, `plan what node ${node.name} needs for its peers`);
      }
    },
  };
}
