// A node of a cluster: a node with eth0 on the cluster's network, and a daemon that connects its pods with others'.

import { Agent } from "./agent.ts";
import { Capture } from "./capture.ts";
import type { Config, Target } from "./cni_call.ts";
import type { Namespace } from "./namespace.ts";
import { Node, nodeDirectory } from "./node.ts";
import type { Addresses } from "./underlay.ts";

/** Milliseconds for our agent to get a subnet. */
const JOIN_LIMIT = 15_000;

export class ClusterNode extends Node {
  /** `node-1` and so on. */
  readonly name: string;
  /** Of its eth0. */
  readonly addresses: Addresses;
  readonly #switch: Namespace;

  private constructor(name: string, namespace: Namespace, directory: string, addresses: Addresses, on: Namespace) {
    super(namespace, directory);
    this.name = name;
    this.addresses = addresses;
    this.#switch = on;
  }

  /** @param namespace plugged into the switch `on` at a port of the node's name */
  static async plugged(name: string, namespace: Namespace, addresses: Addresses, on: Namespace): Promise<ClusterNode> {
    return new ClusterNode(name, namespace, await nodeDirectory(), addresses, on);
  }

  /** What /run/flannel/subnet.env is elsewhere. */
  get subnetFile(): string {
    return `${this.directory}/flannel/subnet.env`;
  }

  /** The file for `cnidaria agent --cluster`. */
  get clusterFile(): string {
    return `${this.directory}/cluster.json`;
  }

  /** Pulls the cable: eth0 has no carrier. */
  async breakLink(): Promise<void> {
    await this.#switch.ip(`link set ${this.name} down`);
  }

  async mendLink(): Promise<void> {
    await this.#switch.ip(`link set ${this.name} up`);
  }

  /** Captures what passes eth0, or another link. */
  capture(filter: string, { link = "eth0", as }: { link?: string; as?: string } = {}): Promise<Capture> {
    return Capture.start(this.namespace, link, filter, as);
  }

  /**
   * Starts our agent with the overlay, which keeps the cluster's state in etcd, and waits until it has a subnet.
   * @param changes keys of the cluster's file that differ from the usual
   */
  async startAgent(target: Target, endpoint: string, changes: Record<string, unknown> = {}): Promise<Agent> {
    await this.#writeClusterFile(endpoint, changes);
    const agent = await Agent.start(target, this, ["--cluster", this.clusterFile]);
    const deadline = performance.now() + JOIN_LIMIT;
    while (!await Deno.stat(this.subnetFile).then(() => true, () => false)) {
      if (performance.now() > deadline) {
        const { log } = await agent.end();
        throw new Error(`Cannot start ${this.name} as it has no subnet after ${JOIN_LIMIT} ms:\n${log.slice(-3000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return agent;
  }

  /** Starts it where something keeps it from taking a subnet. */
  async startUnreadyAgent(target: Target, endpoint: string, changes: Record<string, unknown> = {}): Promise<Agent> {
    await this.#writeClusterFile(endpoint, changes);
    return await Agent.start(target, this, ["--cluster", this.clusterFile], { unready: true });
  }

  async #writeClusterFile(endpoint: string, changes: Record<string, unknown>): Promise<void> {
    const options = {
      node: this.name,
      store: { type: "etcd", endpoints: [endpoint], prefix: "/coreos.com/network" },
      interface: "eth0",
      subnetFile: this.subnetFile,
      ipMasq: false,
      ...changes,
    };
    await Deno.writeTextFile(this.clusterFile, JSON.stringify(options));
  }

  /** The network that gives pods an address of this node's subnet, whichever daemon wrote the subnet file. */
  get podNetwork(): Config {
    return {
      cniVersion: "1.0.0",
      name: "overlay",
      type: "flannel",
      subnetFile: this.subnetFile,
      // Pods keep their own addresses on the way: a test sees who sent what.
      delegate: { isDefaultGateway: true, ipMasq: false },
    };
  }
}
