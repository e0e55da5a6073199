// Several nodes on one network, as namespaces: a switch, which routes if there is more than one segment, and a host
// beside the nodes for the store of the cluster's state.

import { ClusterNode } from "./cluster_node.ts";
import { Etcd } from "./etcd.ts";
import { Namespace } from "./namespace.ts";
import { makeSwitch, plug } from "./switch.ts";
import { type Addresses, STORE_HOST, type Underlay, USUAL_UNDERLAY } from "./underlay.ts";

export interface ClusterPlan {
  /** How many nodes, or how many in each segment: `[2, 1]` has a router between the second and the third. */
  readonly nodes: number | readonly number[];
  readonly underlay?: Underlay;
}

/** Network, nodes and store host; deleted at the end of its `await using` scope. Daemons are ended before by who started them. */
export class Cluster implements AsyncDisposable {
  readonly nodes: readonly ClusterNode[];
  readonly #owned: AsyncDisposableStack;
  readonly #storeHost: Namespace;
  readonly #storeAddresses: Addresses;
  readonly #directory: string;

  private constructor(
    nodes: readonly ClusterNode[],
    owned: AsyncDisposableStack,
    storeHost: Namespace,
    storeAddresses: Addresses,
    directory: string,
  ) {
    this.nodes = nodes;
    this.#owned = owned;
    this.#storeHost = storeHost;
    this.#storeAddresses = storeAddresses;
    this.#directory = directory;
  }

  static async create({ nodes, underlay = USUAL_UNDERLAY }: ClusterPlan): Promise<Cluster> {
    await using owned = new AsyncDisposableStack();
    const segments = typeof nodes === "number" ? [nodes] : nodes;
    const network = owned.use(await Namespace.create("switch"));
    await makeSwitch(network, underlay, segments.length);
    const storeHost = owned.use(await Namespace.create("store"));
    const storeAddresses = await plug(network, storeHost, "store", underlay, 0, STORE_HOST);
    const directory = await Deno.makeTempDir({ prefix: "cnidaria-store-" });
    owned.defer(() => Deno.remove(directory, { recursive: true }));
    const made: ClusterNode[] = [];
    for (const [segment, count] of segments.entries()) {
      for (let host = 1; host <= count; host++) {
        const name = `node-${made.length + 1}`;
        const namespace = await Namespace.create(name);
        const addresses = await plug(network, namespace, name, underlay, segment, host);
        made.push(owned.use(await ClusterNode.plugged(name, namespace, addresses, network)));
      }
    }
    return new Cluster(made, owned.move(), storeHost, storeAddresses, directory);
  }

  /** @param number from 1 on */
  node(number: number): ClusterNode {
    const node = this.nodes[number - 1];
    if (node === undefined) throw new RangeError(`Cannot find node ${number} as there are ${this.nodes.length}`);
    return node;
  }

  /** Starts etcd on the store's host, with the network's configuration (net-conf.json) if it is given. */
  async startEtcd(network?: unknown): Promise<Etcd> {
    const listen = `${this.#storeAddresses.ipv4}:2379`;
    const etcd = await Etcd.start({ namespace: this.#storeHost, directory: `${this.#directory}/etcd`, listen });
    if (network !== undefined) await etcd.put("/coreos.com/network/config", JSON.stringify(network));
    return etcd;
  }

  /** From now on nothing that the store sends reaches the node: connections stay open, and silent. */
  async cutStore(node: ClusterNode): Promise<void> {
    await this.#storeHost.ip(`route add blackhole ${node.addresses.ipv4}/32`);
    await this.#storeHost.ip(`-6 route add blackhole ${node.addresses.ipv6}/128`);
  }

  async mendStore(node: ClusterNode): Promise<void> {
    await this.#storeHost.ip(`route delete blackhole ${node.addresses.ipv4}/32`);
    await this.#storeHost.ip(`-6 route delete blackhole ${node.addresses.ipv6}/128`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
