// A pod of a cluster: attached by the CNI program, with an address of its node's subnet.

import { type Attachment, call, succeed, type Target } from "./cni_call.ts";
import type { ClusterNode } from "./cluster_node.ts";
import type { Namespace } from "./namespace.ts";

let made = 0;

/** Released by DEL at the end of its `await using` scope; its node deletes its namespace. */
export class Pod implements AsyncDisposable {
  private constructor(
    readonly target: Target,
    readonly node: ClusterNode,
    readonly namespace: Namespace,
    readonly attachment: Attachment,
    /** Its addresses, without prefix length; IPv4 first. */
    readonly addresses: readonly string[],
  ) {}

  /** @throws {Error} with what the plugin answered */
  static async attach(target: Target, node: ClusterNode): Promise<Pod> {
    const namespace = await node.pod();
    const attachment = { containerId: `pod-${++made}`, ifname: "eth0", netns: namespace };
    const result = await succeed(target, node, "ADD", node.podNetwork, attachment);
    const addresses = (result.ips ?? []).map(({ address }) => address.replace(/\/.*/, ""));
    addresses.sort((a, b) => Number(a.includes(":")) - Number(b.includes(":")));
    return new Pod(target, node, namespace, attachment, addresses);
  }

  get address(): string {
    const [first] = this.addresses;
    if (first === undefined) throw new Error(`Cannot reach ${this.attachment.containerId} as it has no address`);
    return first;
  }

  /** Whether every address of the other pod answers, within `limit` milliseconds: routes may still be on their way. */
  async reaches(other: Pod, limit = 5000): Promise<boolean> {
    const deadline = performance.now() + limit;
    for (const address of other.addresses) {
      while (!await this.namespace.ping(address)) if (performance.now() > deadline) return false;
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await call(this.target, this.node, "DEL", this.node.podNetwork, this.attachment);
  }
}
