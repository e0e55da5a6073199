// What the host functions of a call on a node in memory share: the node, and a journal in a directory that is thrown away.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../../host-funcs/change.ts";
import type { KernelStandIn } from "../../host-funcs/context.ts";
import type { NetworkNamespace } from "../../host-funcs/sys/namespace.ts";
import type { RouteNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import { CniFailure } from "../cni/failure.ts";
import { CallContext, type CallPlace, type ChangeSink } from "./host_context.ts";

/** A node on which nothing reaches the kernel. */
export interface NodeInMemory {
  readonly kernel: KernelStandIn & { netlink(ns: Ns): RouteNetlink };
  /** The container's namespace where it is in memory as well; none where it is real, or gone. */
  readonly container: NetworkNamespace | undefined;
}

export class PlannedContext extends CallContext {
  readonly standIn: KernelStandIn;

  /** @param changed told of each change that would be written down */
  constructor(
    place: CallPlace,
    sink: ChangeSink,
    private readonly node: NodeInMemory,
    private readonly changed: (change: Change) => void,
  ) {
    super(place, sink);
    this.standIn = node.kernel;
  }

  override namespace(ns: Ns): NetworkNamespace {
    return (ns === "container" ? this.node.container : undefined) ?? super.namespace(ns);
  }

  override netlink(ns: Ns): RouteNetlink {
    // Where the container is gone this says so.
    this.namespace(ns);
    return this.node.kernel.netlink(ns);
  }

  override record(change: Change): void {
    super.record(change);
    this.changed(change);
  }

  override admitExecutable(type: string): void {
    throw new CniFailure(
      "notPlannable",
      `Cannot plan what the executable plugin ${JSON.stringify(type)} would do: it would have to be run`,
      "cnidaria exec add runs it, and makes the changes",
    );
  }
}
