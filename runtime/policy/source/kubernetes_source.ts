// The Kubernetes API as the source: each kind is followed by itself.

import type { ApiAccess } from "../../kubernetes/api_access.ts";
import { ApiClient } from "../../kubernetes/api_client.ts";
import { follow, type FollowTimes } from "../../kubernetes/follow.ts";
import { COLLECTIONS, type Kind, KINDS } from "../objects.ts";
import type { Observed, Source } from "./source.ts";

const USE = {
  rights: "list and watch namespaces, pods, nodes, networkpolicies.networking.k8s.io and " +
    "clusternetworkpolicies.policy.networking.k8s.io",
  whenMissing: "see which versions of this kind the API serves: kubectl api-resources",
};

export class KubernetesSource implements Source {
  readonly type = "kubernetes";

  constructor(private readonly access: ApiAccess, private readonly times: FollowTimes = {}) {}

  get where(): string {
    return this.access.server;
  }

  async run(observed: (event: Observed) => void, signal: AbortSignal): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.#follow(kind, observed, signal)));
  }

  /** By a client of its own: connections of one kind that are given up are no other's. */
  async #follow(kind: Kind, observed: (event: Observed) => void, signal: AbortSignal): Promise<void> {
    using client = new ApiClient(this.access, USE);
    const { optional, ...collection } = COLLECTIONS[kind];
    for await (const event of follow(client, collection, optional, signal, this.times)) {
      switch (event.kind) {
        case "all":
          observed({ tell: "all", kind, objects: event.objects });
          break;
        case "unknown":
          observed({ tell: "all", kind, objects: [] });
          break;
        case "unreachable":
          observed({ tell: "trouble", about: kind, why: event.why });
          break;
        case "reachable":
          observed({ tell: "well", about: kind });
          break;
        default:
          observed({ tell: event.kind, kind, object: event.object });
      }
    }
  }
}
