// What the tests of the overlay share: a cluster whose nodes run our agent or flanneld, and pods on each.

import { assert, assertEquals } from "@std/assert";
import type { Agent } from "../lab/agent.ts";
import { captureMissing } from "../lab/capture.ts";
import { Cluster, type ClusterPlan } from "../lab/cluster.ts";
import type { ClusterNode } from "../lab/cluster_node.ts";
import { Pod } from "../lab/cluster_pod.ts";
import type { Target } from "../lab/cni_call.ts";
import { conversationMissing } from "../lab/conversation.ts";
import { type Etcd, etcdMissing } from "../lab/etcd.ts";
import { flanneldMissing } from "../lab/flanneld/build.ts";
import { startFlanneld } from "../lab/flanneld.ts";
import { labTestNeeding } from "../lab/isolation.ts";
import { haveInKernel, wantedByEtcd } from "../lab/overlay_state.ts";
import { throughAgent } from "./targets.ts";

export const BACKENDS = ["vxlan", "host-gw"] as const;
export const IPV4 = { Network: "10.244.0.0/16" };
export const DUAL = { ...IPV4, IPv6Network: "fd00:244::/48", EnableIPv6: true };

/** What a node runs. */
export interface Running extends AsyncDisposable {
  end(signal?: Deno.Signal): Promise<unknown>;
}

const candidate = throughAgent();

/** A cluster with its store, as a test has it. */
export class Overlay {
  readonly #started: AsyncDisposableStack;

  constructor(
    readonly cluster: Cluster,
    readonly etcd: Etcd,
    readonly target: Target,
    started: AsyncDisposableStack,
  ) {
    this.#started = started;
  }

  /** Our agent on a node. A moved node has had flanneld before. */
  async agent(node: ClusterNode): Promise<Running> {
    return this.#started.use(await node.startAgent(this.target, this.etcd.endpoint));
  }

  /** One that something keeps from taking a subnet. */
  async unreadyAgent(node: ClusterNode, changes: Record<string, unknown> = {}): Promise<Agent> {
    return this.#started.use(await node.startUnreadyAgent(this.target, this.etcd.endpoint, changes));
  }

  async flanneld(node: ClusterNode): Promise<Running> {
    return this.#started.use(await startFlanneld(node, this.etcd.endpoint));
  }

  async pod(node: ClusterNode): Promise<Pod> {
    return this.#started.use(await Pod.attach(this.target, node));
  }
}

/** Registers a test that gets a network of that configuration, and starts daemons itself. */
export function overlayTest(
  name: string,
  network: Record<string, unknown>,
  plan: ClusterPlan,
  body: (overlay: Overlay) => Promise<void>,
): void {
  const missing = candidate.missing ?? etcdMissing() ?? flanneldMissing() ?? captureMissing() ??
    conversationMissing();
  Deno.test({
    ...labTestNeeding(`overlay: ${name}`, missing),
    fn: async () => {
      const target = await candidate.ready();
      await using cluster = await Cluster.create(plan);
      await using etcd = await cluster.startEtcd(network);
      await using started = new AsyncDisposableStack();
      await body(new Overlay(cluster, etcd, target, started));
    },
  });
}

/** Asserts that every pod reaches every other. */
export async function allReachEachOther(pods: readonly Pod[], limit?: number): Promise<void> {
  for (const from of pods) {
    for (const to of pods) {
      if (from !== to) assert(await from.reaches(to, limit), `${from.node.name} does not reach ${to.node.name}`);
    }
  }
}

/** Asserts that a node's kernel comes to have what etcd says, no more and no less, within `limit` milliseconds. */
export async function comesToEtcd(etcd: Etcd, node: ClusterNode, limit = 10_000): Promise<void> {
  const wanted = await wantedByEtcd(etcd, node);
  const deadline = performance.now() + limit;
  while ((await haveInKernel(node)).join() !== wanted.join() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await haveInKernel(node), wanted, node.name);
}

/** This node's subnets, as the subnet file says them. */
export function subnetsOf(node: ClusterNode): string[] {
  return Deno.readTextFileSync(node.subnetFile).split("\n").filter((line) => line.includes("SUBNET="));
}
