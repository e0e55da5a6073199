// For tests of the Kubernetes store: an API, a network's configuration, and what Flannel's annotations look like.

import { FakeKubernetes, type FakeNode } from "../../../../test/lab/kubernetes_api.ts";
import { BackOff } from "../back_off.ts";
import type { ClusterNode, OwnLease } from "../store.ts";
import type { ApiAccess } from "../../../kubernetes/api_access.ts";
import { KubernetesStore, type KubernetesTimes } from "./kubernetes_store.ts";

const NETWORK = { Network: "10.5.0.0/16", Backend: { Type: "vxlan" } };
export const DUAL = { ...NETWORK, EnableIPv6: true, IPv6Network: "fd00:5::/48" };

/** What a node of Flannel's, or ours, looks like. */
export function managed(subnet: string, last: number, mac = "02:00:00:00:00:01"): FakeNode {
  return {
    podCIDRs: [subnet],
    annotations: {
      "flannel.alpha.coreos.com/backend-type": "vxlan",
      "flannel.alpha.coreos.com/backend-data": `{"VNI":1,"VtepMAC":"${mac}"}`,
      "flannel.alpha.coreos.com/public-ip": `192.0.2.${last}`,
      "flannel.alpha.coreos.com/kube-subnet-manager": "true",
    },
  };
}

/** What a node publishes. */
export function published({ name, ipv4, ipv6 }: OwnLease, backendData = '{"VNI":1}'): ClusterNode {
  return {
    name,
    backendType: "vxlan",
    ...ipv4 !== undefined && { ipv4: { subnet: ipv4, publicIp: "192.0.2.1", backendData } },
    ...ipv6 !== undefined && { ipv6: { subnet: ipv6, publicIp: "2001:db8::1", backendData } },
  };
}

export class KubernetesSite implements AsyncDisposable {
  readonly api = new FakeKubernetes();
  token: string | undefined;
  readonly #stores: KubernetesStore[] = [];

  private constructor(readonly directory: string) {}

  static async create(network: unknown = NETWORK): Promise<KubernetesSite> {
    const site = new KubernetesSite(await Deno.makeTempDir());
    await Deno.writeTextFile(`${site.directory}/net-conf.json`, JSON.stringify(network));
    return site;
  }

  store(times: KubernetesTimes = {}): KubernetesStore {
    const access: ApiAccess = {
      server: this.api.server,
      token: () => this.token,
      client: () => Deno.createHttpClient({}),
    };
    const short = { backOff: () => new BackOff(50, 200), callMs: 2_000, ...times };
    const store = new KubernetesStore(access, `${this.directory}/net-conf.json`, short);
    this.#stores.push(store);
    return store;
  }

  /** Requests of a kind so far. */
  count(method: string, watch = false): number {
    return this.api.requests.filter((it) => it.method === method && it.query.has("watch") === watch).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store[Symbol.asyncDispose]();
    await this.api[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}
