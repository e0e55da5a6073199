// A node that is in memory alone: no root, no kernel. Its rtnetlink answers as the kernel's does (`host-funcs/planned`),
// and the host functions run on it unchanged.

import type { Change } from "../../host-funcs/change.ts";
import { createAddresses } from "../../host-funcs/addresses/mod.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { PlannedKernel } from "../../host-funcs/planned/kernel.ts";
import type { Place } from "../../host-funcs/planned/place.ts";
import { NetworkNamespace } from "../../host-funcs/sys/namespace.ts";
import type { CallContext, CallPlace, ChangeSink } from "../plugin/host_context.ts";
import { PlannedContext } from "../plugin/planned_context.ts";
import type { Call } from "../transaction/call.ts";
import type { Ground } from "./ground.ts";
import { elementLine } from "./state_lines.ts";

/** Where container runtimes would keep namespaces; there are none below this path. */
const NETNS_FOLDER = "/run/netns-in-memory";

export class MemoryGround implements Ground {
  readonly kernel: PlannedKernel = new PlannedKernel({
    netlink: () => undefined,
    parameter: () => undefined,
    packetFilter: () => undefined,
  });
  /** Identities of the pods' namespaces. */
  readonly #pods = new Map<string, string>();
  #made = 0;
  /** MACs that the host gave to bridges. */
  readonly #bridgeMacs = new Set<string>();

  /** @param place of a call on this node: its loopback link is brought up, with IPv4 and IPv6 */
  constructor(place: CallPlace) {
    this.kernel.netnsId = (path) => this.#pods.get(path.slice(NETNS_FOLDER.length + 1));
    const context = this.contextOf(place, { append: () => {} }, undefined);
    createAddresses(context).add("host", "lo", { cidr: "::1/128", dad: false });
    createLinks(context).set("host", "lo", { up: true });
  }

  get pods(): readonly string[] {
    return [...this.#pods.keys()];
  }

  addPod(containerId: string): void {
    if (!this.#has(containerId)) this.#pods.set(containerId, `in memory ${++this.#made}`);
  }

  removePod(containerId: string): void {
    this.#pods.delete(containerId);
    this.kernel.removeContainer(placeOf(containerId));
  }

  netnsOf(containerId: string): string {
    return `${NETNS_FOLDER}/${containerId}`;
  }

  enter(containerId: string): void {
    this.kernel.container = placeOf(containerId);
  }

  plan(containerId: string | undefined): NonNullable<Call["plan"]> {
    return {
      contextOf: (place, sink) => this.contextOf(place, sink, containerId),
      ...this.#has(containerId) && { netnsId: this.#pods.get(containerId)! },
    };
  }

  contextOf(place: CallPlace, sink: ChangeSink, containerId: string | undefined): CallContext {
    // In the place of a namespace: its descriptor is never used.
    const container = this.#has(containerId) ? new NetworkNamespace(-1, this.netnsOf(containerId), 0, "") : undefined;
    return new PlannedContext(place, sink, { kernel: this.kernel, container }, (change) => this.#changed(change));
  }

  otherLines(): string[] {
    return [
      ...this.kernel.packetFilter().added().map(elementLine),
      ...this.kernel.setParameters().map((line) => `sysctl ${line.replace(/^container /, "")}`),
    ];
  }

  isChance(mac: string): boolean {
    return this.kernel.chosenMacs.has(mac) || this.#bridgeMacs.has(mac);
  }

  lacks(what: string): void {
    const { links, rules, traffic } = this.kernel.network;
    if (what === "vlan-filtering") links.vlanFiltering = false;
    else if (what === "rules") rules.supported = false;
    else if (!links.kinds.delete(what) && !traffic.kinds.delete(what)) {
      throw new TypeError(`A node in memory has no ${what} that it could lack`);
    }
  }

  close(): void {}

  #has(containerId: string | undefined): containerId is string {
    return containerId !== undefined && this.#pods.has(containerId);
  }

  #changed(change: Change): void {
    if (change.kind === "link-created" && change.linkKind === "bridge" && change.mac) this.#bridgeMacs.add(change.mac);
  }
}

function placeOf(containerId: string): Place {
  return `container ${containerId}`;
}
