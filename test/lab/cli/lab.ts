// A lab with a daemon and a pod on each node, for people.

import { Cluster } from "../cluster.ts";
import type { ClusterNode } from "../cluster_node.ts";
import { Pod } from "../cluster_pod.ts";
import type { Target } from "../cni_call.ts";
import { startFlanneld } from "../flanneld.ts";
import type { LabPlan, LabStatus, NodeStatus, Ping } from "./protocol.ts";

const NETWORK = { Network: "10.244.0.0/16", EnableIPv6: true, IPv6Network: "fd00:244::/48" };

/** What can be broken of a node, and how. */
interface Link {
  break(): Promise<void>;
  mend(): Promise<void>;
}

/** A link that there is not, or that is as it is to be already. */
export class NoSuchLink extends Error {
  override readonly name = "NoSuchLink";
}

export class Lab implements AsyncDisposable {
  readonly #broken = new Set<string>();

  private constructor(
    readonly plan: LabPlan,
    readonly cluster: Cluster,
    readonly pods: readonly Pod[],
    readonly owned: AsyncDisposableStack,
  ) {}

  static async create(plan: LabPlan, target: Target): Promise<Lab> {
    await using owned = new AsyncDisposableStack();
    const cluster = owned.use(await Cluster.create({ nodes: plan.nodes }));
    const etcd = owned.use(await cluster.startEtcd({ ...NETWORK, Backend: { Type: plan.backend } }));
    for (const node of cluster.nodes) {
      const { endpoint } = etcd;
      owned.use(await (plan.daemon === "flanneld" ? startFlanneld(node, endpoint) : node.startAgent(target, endpoint)));
    }
    const pods: Pod[] = [];
    for (const node of cluster.nodes) pods.push(owned.use(await Pod.attach(target, node)));
    return new Lab(plan, cluster, pods, owned.move());
  }

  status(): LabStatus {
    return { ...this.plan, places: this.pods.map((pod) => this.#place(pod)) };
  }

  #place({ node, addresses, namespace, attachment }: Pod): NodeStatus {
    return {
      name: node.name,
      addresses: [node.addresses.ipv4, node.addresses.ipv6],
      subnets: subnets(node),
      broken: [...this.#broken].filter((link) => link.split(":")[0] === node.name),
      namespace: node.namespace.path,
      pod: { name: attachment.containerId, addresses, namespace: namespace.path },
    };
  }

  /** From every pod to every address of every other. */
  async ping(): Promise<Ping[]> {
    const pairs = this.pods.flatMap((from) => this.pods.filter((to) => to !== from).map((to) => [from, to] as const));
    return await Promise.all(pairs.flatMap(([from, to]) => to.addresses.map((address) => ping(from, to, address))));
  }

  async break(name: string): Promise<void> {
    const link = this.#link(name);
    if (this.#broken.has(name)) throw new NoSuchLink(`Cannot break ${name} as it is broken already`);
    await link.break();
    this.#broken.add(name);
  }

  async mend(name: string): Promise<void> {
    const link = this.#link(name);
    if (!this.#broken.has(name)) throw new NoSuchLink(`Cannot mend ${name} as it is not broken`);
    await link.mend();
    this.#broken.delete(name);
  }

  #link(name: string): Link {
    for (const node of this.cluster.nodes) {
      if (name === node.name) return { break: () => node.breakLink(), mend: () => node.mendLink() };
      if (name === `${node.name}:store`) {
        return { break: () => this.cluster.cutStore(node), mend: () => this.cluster.mendStore(node) };
      }
    }
    const names = this.cluster.nodes.map((node) => `${node.name}, ${node.name}:store`).join(", ");
    throw new NoSuchLink(`Cannot find the link ${name}: there are ${names}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.owned.disposeAsync();
  }
}

function subnets({ subnetFile }: ClusterNode): string[] {
  return [...Deno.readTextFileSync(subnetFile).matchAll(/^FLANNEL_(?:IPV6_)?SUBNET=(.*)$/gm)].map(([, it]) => it!);
}

async function ping(from: Pod, to: Pod, address: string): Promise<Ping> {
  // Ends at the first reply: a neighbour may still have to be found.
  const { stdout } = await from.namespace.run(["ping", "-n", "-c", "1", "-w", "4", address]);
  const ms = /time=([\d.]+) ms/.exec(stdout)?.[1];
  return {
    from: from.attachment.containerId,
    to: to.attachment.containerId,
    address,
    ...(ms === undefined ? {} : { ms: Number(ms) }),
  };
}
