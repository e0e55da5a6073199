// A node of the kernel's that is thrown away: a network namespace for the node and one for each pod, which nobody else
// sees. None has a name or is mounted: they end with the process, however it ends.

import { packetFilter } from "../../host-funcs/firewall/packet_filter.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { checked, closeFile, libc, O_RDONLY, openFile } from "../../host-funcs/sys/libc.ts";
import { unshare } from "../../host-funcs/sys/libc_mount.ts";
import { CLONE_NEWNET, hasCurrentNamespace } from "../../host-funcs/sys/namespace.ts";
import { CallContext, type CallPlace, type ChangeSink } from "../plugin/host_context.ts";
import type { Ground } from "./ground.ts";
import { elementLine } from "./state_lines.ts";

/** Those whose elements are pods. */
const SETS = [["inet", "masquerade4"], ["inet", "masquerade6"], ["bridge", "allowed"]] as const;
const OWN = "/proc/thread-self/ns/net";

export class KernelGround implements Ground {
  /** Descriptors of the pods' namespaces. */
  readonly #pods = new Map<string, number>();

  /**
   * This thread leaves its network namespace for good, for a new one: the node's.
   *
   * @param place of a call on this node
   * @throws {HostCallError} `io` without root
   * @throws {TypeError} if this process has used its network namespace already
   */
  constructor(place: CallPlace) {
    if (hasCurrentNamespace()) throw new TypeError("Cannot leave the network namespace as it is in use already");
    unshare(CLONE_NEWNET);
    createLinks(this.contextOf(place, { append: () => {} }, undefined)).set("host", "lo", { up: true });
  }

  get pods(): readonly string[] {
    return [...this.#pods.keys()];
  }

  addPod(containerId: string): void {
    if (this.#pods.has(containerId)) return;
    const back = openFile(OWN, O_RDONLY);
    try {
      unshare(CLONE_NEWNET);
      try {
        this.#pods.set(containerId, openFile(OWN, O_RDONLY));
      } finally {
        checked(libc.setns(back, CLONE_NEWNET));
      }
    } finally {
      closeFile(back);
    }
  }

  removePod(containerId: string): void {
    const fd = this.#pods.get(containerId);
    if (fd === undefined) return;
    this.#pods.delete(containerId);
    closeFile(fd);
  }

  netnsOf(containerId: string): string {
    const fd = this.#pods.get(containerId);
    return fd === undefined ? "/run/netns-that-ended" : `/proc/${Deno.pid}/fd/${fd}`;
  }

  enter(): void {}

  plan(): undefined {
    return undefined;
  }

  contextOf(place: CallPlace, sink: ChangeSink, containerId: string | undefined): CallContext {
    const context = new CallContext(place, sink);
    if (containerId !== undefined && this.#pods.has(containerId)) context.setNetns(this.netnsOf(containerId));
    return context;
  }

  /** Elements of our nftables sets. Kernel parameters are not among them: the trace has those that were set. */
  otherLines(): string[] {
    const filter = packetFilter();
    return SETS.flatMap(([family, set]) => filter.keys(family, set).map((key) => elementLine({ family, set, key })));
  }

  isChance(): boolean {
    return true;
  }

  lacks(what: string): void {
    throw new TypeError(`A kernel has what it has: ${what}`);
  }

  close(): void {
    for (const pod of this.pods) this.removePod(pod);
  }
}
