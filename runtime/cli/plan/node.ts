// The node that a plan is made for: read where there is something to read, and changed nowhere.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../../../host-funcs/error.ts";
import { type PacketFilter, packetFilter } from "../../../host-funcs/firewall/packet_filter.ts";
import { PlannedKernel, type RealKernel } from "../../../host-funcs/planned/kernel.ts";
import { currentNamespace, NetworkNamespace, openNamespace } from "../../../host-funcs/sys/namespace.ts";
import { type NetlinkSocket, openNetlink, type RouteNetlink } from "../../../host-funcs/sys/netlink_socket.ts";
import { netnsId } from "../../../host-funcs/sys/identity.ts";
import { CniFailure } from "../../cni/failure.ts";
import { readFile } from "../../../host-funcs/sysctl/file.ts";

const EPERM = 1;
/** In results, where CNI_NETNS would be. */
export const NEW_NETNS = "<netns>";

export class PlannedNode implements RealKernel {
  readonly kernel: PlannedKernel = new PlannedKernel(this);
  readonly #sockets = new Map<Ns, NetlinkSocket>();
  /** In the place of a namespace that does not exist: its descriptor is never used. */
  readonly container: NetworkNamespace | undefined;
  #opened: NetworkNamespace | undefined;

  /**
   * @param netns path of the container's namespace; `NEW_NETNS` for one that a container runtime would make
   * @param note told of what could not be read
   */
  constructor(readonly netns: string, private readonly note: (text: string) => void) {
    this.container = this.isNew ? new NetworkNamespace(-1, "a new network namespace", 0, "") : undefined;
  }

  get isNew(): boolean {
    return this.netns === NEW_NETNS;
  }

  netlink(ns: Ns): RouteNetlink | undefined {
    const namespace = this.#namespace(ns);
    if (namespace === undefined) return undefined;
    let socket = this.#sockets.get(ns);
    if (socket === undefined) this.#sockets.set(ns, socket = openNetlink(namespace));
    return socket;
  }

  parameter(ns: Ns, path: string): string | undefined {
    const namespace = this.#namespace(ns);
    return namespace && readFile(namespace, path);
  }

  packetFilter(): PacketFilter | undefined {
    try {
      const filter = packetFilter();
      filter.hasChain("inet", "postrouting");
      return filter;
    } catch (error) {
      if (!(error instanceof HostCallError)) throw error;
      this.note(`nftables could not be read, it is taken to be empty: ${error.message}`);
    }
  }

  /**
   * Looks into the container's namespace before anything is planned; one that is gone is for the call itself to tell.
   *
   * @throws {CniFailure} `notPlannable` without the privilege
   */
  checkEnterable(): void {
    try {
      if (netnsId(this.netns) !== undefined) this.netlink("container");
    } catch (error) {
      if (!(error instanceof HostCallError) || error.payload.errno !== EPERM) return;
      throw new CniFailure(
        "notPlannable",
        `Cannot plan for the namespace ${this.netns}: ${error.message}`,
        "run it as root, or without --netns: then it plans for a new namespace",
      );
    }
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#opened?.close();
  }

  #namespace(ns: Ns): NetworkNamespace | undefined {
    if (ns === "host") return currentNamespace();
    return this.isNew ? undefined : this.#opened ??= openNamespace(this.netns);
  }
}
