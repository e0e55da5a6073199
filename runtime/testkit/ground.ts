// Where a node's links, routes and rules are: in memory, or in the kernel (`kernel_ground.ts`).

import type { Call } from "../transaction/call.ts";
import type { CallContext, CallPlace, ChangeSink } from "../plugin/host_context.ts";

export interface Ground {
  /** Whose namespaces there are. */
  readonly pods: readonly string[];
  /** Makes a pod's namespace, where it has none. */
  addPod(containerId: string): void;
  /** The namespace goes, with the links in it. */
  removePod(containerId: string): void;
  /** CNI_NETNS of a pod. */
  netnsOf(containerId: string): string;
  /** Host functions act in this pod's namespace from now on. */
  enter(containerId: string): void;
  /** How a call is made where it is not made as on any node. */
  plan(containerId: string | undefined): Call["plan"];
  /** The context of what a test itself does. */
  contextOf(place: CallPlace, sink: ChangeSink, containerId: string | undefined): CallContext;
  /** What the node has beside what rtnetlink and its state tell: `nftables …`, `sysctl …`. */
  otherLines(): string[];
  /** Whether a MAC is another in each run. */
  isChance(mac: string): boolean;
  /** The kernel is one without this from now on, see `TestNode.lacks`. */
  lacks(what: string): void;
  close(): void;
}
