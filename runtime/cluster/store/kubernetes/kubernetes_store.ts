// The Kubernetes API as the store: a node's subnets are its podCIDRs, what it publishes are Flannel's annotations.

import { type NetworkConfig, parseNetworkConfig } from "../../network_config.ts";
import { formatNetwork, parseNetwork } from "../../../../host-funcs/ip_number.ts";
import {
  type ClusterNode,
  type LeaseRequest,
  type OwnLease,
  type Store,
  StoreError,
  type StoreEvent,
} from "../store.ts";
import { KubernetesApi } from "./api.ts";
import { type ApiAccess, fromKubeconfig, inCluster } from "../../../kubernetes/api_access.ts";
import { annotationsToWrite, type NodeObject } from "./node_object.ts";
import { watchNodes, type WatchTimes } from "./watch.ts";

export interface KubernetesOptions {
  readonly kubeconfig?: string | undefined;
  readonly networkConfigFile: string;
}

/** What tests make shorter. */
export interface KubernetesTimes extends WatchTimes {
  readonly callMs?: number;
}

export class KubernetesStore implements Store {
  readonly kind = "kubernetes";
  readonly where: string;
  readonly #api: KubernetesApi;

  constructor(
    access: ApiAccess,
    private readonly networkConfigFile: string,
    private readonly times: KubernetesTimes = {},
  ) {
    this.#api = new KubernetesApi(access, times.callMs);
    this.where = access.server;
  }

  /** @throws {StoreError} where there is no way to the API, or its kubeconfig is of no use */
  static open({ kubeconfig, networkConfigFile }: KubernetesOptions): KubernetesStore {
    return new KubernetesStore(kubeconfig === undefined ? inCluster() : fromKubeconfig(kubeconfig), networkConfigFile);
  }

  async network(): Promise<NetworkConfig> {
    const path = this.networkConfigFile;
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      throw new StoreError(
        "invalid",
        `Cannot read the network's configuration ${path} as ${(error as Error).message}; mount net-conf.json there`,
      );
    }
    return parseNetworkConfig(text, path);
  }

  async acquire({ node }: LeaseRequest, network: NetworkConfig, signal: AbortSignal): Promise<OwnLease> {
    const object = await this.#api.getNode(node, signal);
    const subnets = { ...subnetOf(object, "ipv4", network), ...subnetOf(object, "ipv6", network) };
    return { name: node, ...subnets };
  }

  async publish(own: OwnLease, node: ClusterNode, signal: AbortSignal): Promise<OwnLease> {
    const object = await this.#api.getNode(own.name, signal);
    for (const family of ["ipv4", "ipv6"] as const) {
      const [had, has] = [own[family], canonical(object[family])];
      if (had === undefined || had === has) continue;
      const now = has === undefined ? "none" : has;
      throw new StoreError("lost", `Cannot keep subnet ${had} as Kubernetes gives node "${own.name}" ${now} by now`);
    }
    const annotations = annotationsToWrite(object, node);
    if (annotations !== undefined) await this.#api.annotate(own.name, annotations, signal);
    return own;
  }

  renew(own: OwnLease, node: ClusterNode, signal: AbortSignal): Promise<OwnLease> {
    return this.publish(own, node, signal);
  }

  watch(signal: AbortSignal): AsyncIterable<StoreEvent> {
    return watchNodes(this.#api, signal, this.times);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#api.reset();
    return Promise.resolve();
  }
}

/** A node's podCIDR of a family that the network has. @throws {StoreError} */
function subnetOf(
  { name, ...cidrs }: NodeObject,
  family: "ipv4" | "ipv6",
  network: NetworkConfig,
): { ipv4?: string; ipv6?: string } {
  const range = network[family];
  if (range === undefined) return {};
  const subnet = canonical(cidrs[family]);
  if (subnet === undefined) {
    const called = family === "ipv4" ? "IPv4" : "IPv6";
    throw new StoreError(
      "invalid",
      `Cannot take a subnet as Kubernetes has given node "${name}" no podCIDR of ${called}; start kube-controller-manager with --allocate-node-cidrs=true and a --cluster-cidr that has ${range.network}`,
    );
  }
  const [inner, outer] = [parseNetwork(subnet)!, parseNetwork(range.network)!];
  if (inner.first < outer.first || inner.last > outer.last) {
    throw new StoreError(
      "conflict",
      `Cannot take the podCIDR ${subnet} of node "${name}" as it is outside of the network ${range.network}; the network's configuration and --cluster-cidr of kube-controller-manager have to agree`,
    );
  }
  return { [family]: subnet };
}

function canonical(subnet: string | undefined): string | undefined {
  const network = subnet === undefined ? undefined : parseNetwork(subnet);
  return network && formatNetwork(network);
}
