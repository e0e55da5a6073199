// The calls to the Kubernetes API that the overlay needs: get, list and watch nodes, and patch its own node's status.

import type { ApiAccess } from "../../../kubernetes/api_access.ts";
import { ApiClient } from "../../../kubernetes/api_client.ts";
import { follow, type Followed, type FollowTimes } from "../../../kubernetes/follow.ts";
import { StoreError } from "../store.ts";
import { type NodeObject, readNodeObject } from "./node_object.ts";

const NODES = { what: "the nodes", path: "/api/v1/nodes" };
const USE = {
  rights: "get, list and watch nodes, and patch nodes/status",
  whenMissing: 'check "node" in the agent\'s configuration',
};

export class KubernetesApi implements Disposable {
  readonly #client: ApiClient;

  constructor(access: ApiAccess, callMs?: number) {
    this.#client = new ApiClient(access, USE, callMs);
  }

  get where(): string {
    return this.#client.where;
  }

  async getNode(name: string, signal: AbortSignal): Promise<NodeObject> {
    const doing = `read node "${name}"`;
    const json = await this.#client.json(doing, `${NODES.path}/${encodeURIComponent(name)}`, {}, signal);
    const node = readNodeObject(json);
    if (node !== undefined) return node;
    throw new StoreError("invalid", `Cannot ${doing} as the Kubernetes API at ${this.where} answered something else`);
  }

  /** @throws {StoreError} */
  async annotate(name: string, annotations: Record<string, string>, signal: AbortSignal): Promise<void> {
    const init = {
      method: "PATCH",
      headers: { "content-type": "application/strategic-merge-patch+json" },
      body: JSON.stringify({ metadata: { annotations } }),
    };
    const path = `${NODES.path}/${encodeURIComponent(name)}/status`;
    await this.#client.json(`write the annotations of node "${name}"`, path, init, signal);
  }

  /** All nodes, as they change. */
  followNodes(signal: AbortSignal, times: FollowTimes): AsyncGenerator<Followed> {
    return follow(this.#client, NODES, false, signal, times);
  }

  /** Gives up connections: the next call makes new ones, with the certificates as they are then. */
  reset(): void {
    this.#client.reset();
  }

  [Symbol.dispose](): void {
    this.reset();
  }
}
