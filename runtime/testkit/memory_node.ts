// A node that is in memory alone: no root, no kernel. Its rtnetlink answers as the kernel's does (`host-funcs/planned`),
// and the host functions run on it unchanged.

import { PlannedKernel } from "../../host-funcs/planned/kernel.ts";
import type { Place } from "../../host-funcs/planned/place.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { createAddresses } from "../../host-funcs/addresses/mod.ts";
import { NetworkNamespace } from "../../host-funcs/sys/namespace.ts";
import type { HostContext } from "../../host-funcs/context.ts";

/** Where container runtimes would keep namespaces; there are none below this path. */
const NETNS_FOLDER = "/run/netns-in-memory";

export class MemoryNode {
  readonly kernel: PlannedKernel = new PlannedKernel({
    netlink: () => undefined,
    parameter: () => undefined,
    packetFilter: () => undefined,
  });
  readonly #pods = new Set<string>();

  /** CNI_NETNS of a pod. */
  static netnsOf(pod: string): string {
    return `${NETNS_FOLDER}/${pod}`;
  }

  static placeOf(pod: string): Place {
    return `container ${pod}`;
  }

  /** Host functions act in this pod's namespace from now on. It is made if there is none, as a runtime makes one. */
  enter(pod: string): void {
    this.kernel.container = MemoryNode.placeOf(pod);
  }

  addPod(pod: string): void {
    this.#pods.add(pod);
  }

  hasPod(pod: string): boolean {
    return this.#pods.has(pod);
  }

  get pods(): readonly string[] {
    return [...this.#pods];
  }

  /** The pod ends: its namespace goes, with the links in it and their other ends. */
  removePod(pod: string): void {
    this.#pods.delete(pod);
    this.kernel.removeContainer(MemoryNode.placeOf(pod));
  }

  /** Brings the node's loopback link up, with IPv4 and IPv6. @param context of a call on this node */
  boot(context: HostContext): void {
    createAddresses(context).add("host", "lo", { cidr: "::1/128", dad: false });
    createLinks(context).set("host", "lo", { up: true });
  }
}

/** In the place of a namespace in memory: its descriptor is never used. */
export function namespaceInMemory(pod: string): NetworkNamespace {
  return new NetworkNamespace(-1, MemoryNode.netnsOf(pod), 0, "");
}
