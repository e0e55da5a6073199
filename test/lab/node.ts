// A node: a namespace in which plugins run, with a directory of its own for everything that they keep.

import { Namespace } from "./namespace.ts";

/** A node, with its pods deleted at the end of its `await using` scope. */
export class Node implements AsyncDisposable {
  readonly namespace: Namespace;
  /** What plugins keep goes below it. */
  readonly directory: string;
  readonly #owned: Namespace[] = [];

  protected constructor(namespace: Namespace, directory: string) {
    this.namespace = namespace;
    this.directory = directory;
  }

  static async create(): Promise<Node> {
    const namespace = await Namespace.create("node");
    await namespace.ip("link set lo up");
    return new Node(namespace, await nodeDirectory());
  }

  /** host-local's dataDir. */
  get leaseDirectory(): string {
    return `${this.directory}/leases`;
  }

  /** CNIDARIA_STATE. */
  get stateDirectory(): string {
    return `${this.directory}/state`;
  }

  /** A pod: an empty namespace, as a container runtime hands it to a plugin. */
  async pod(): Promise<Namespace> {
    return await this.#own("pod");
  }

  /**
   * A router behind this node and a host behind that router. The node's default route goes to the router, which knows
   * no way back to pods: only masqueraded traffic is answered.
   */
  async outside(): Promise<Namespace> {
    const router = await this.#own("router");
    const outside = await this.#own("outside");
    await connect(this.namespace, "uplink", "192.0.2.1/30", "2001:db8:ffff::1/64", router, "node");
    await address(router, "node", "192.0.2.2/30", "2001:db8:ffff::2/64");
    await connect(router, "out", "198.51.100.1/24", "2001:db8:eeee::1/64", outside, "eth0");
    await address(outside, "eth0", "198.51.100.9/24", "2001:db8:eeee::9/64");
    await router.must(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
    await this.namespace.ip("route add default via 192.0.2.2");
    await this.namespace.ip("-6 route add default via 2001:db8:ffff::2");
    await outside.ip("route add default via 198.51.100.1");
    await outside.ip("-6 route add default via 2001:db8:eeee::1");
    return outside;
  }

  async #own(role: string): Promise<Namespace> {
    const namespace = await Namespace.create(role);
    this.#owned.push(namespace);
    return namespace;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#owned) await namespace.delete();
    await this.namespace.delete();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Addresses of the node's uplink and of the host outside, by which tests tell who a packet came from. */
export const UPLINK = { ipv4: "192.0.2.1", ipv6: "2001:db8:ffff::1" };
export const OUTSIDE = { ipv4: "198.51.100.9", ipv6: "2001:db8:eeee::9" };

/**
 * Below /run, which an installed program may read and write wherever its own state is; or below CNIDARIA_LAB, for a lab
 * that outlives its command.
 */
export function nodeDirectory(): Promise<string> {
  return Deno.makeTempDir({ dir: Deno.env.get("CNIDARIA_LAB") ?? "/run", prefix: "cnidaria-node-" });
}

async function connect(a: Namespace, name: string, ipv4: string, ipv6: string, b: Namespace, peer: string) {
  await a.must(["ip", "link", "add", name, "type", "veth", "peer", "name", peer, "netns", b.path]);
  await address(a, name, ipv4, ipv6);
}

async function address(namespace: Namespace, link: string, ipv4: string, ipv6: string): Promise<void> {
  await namespace.ip("link set lo up");
  await namespace.ip(`address add ${ipv4} dev ${link}`);
  await namespace.ip(`address add ${ipv6} dev ${link} nodad`);
  await namespace.ip(`link set ${link} up`);
}
