// What a host function knows of the call it serves. One context is made for each CNI call, and shared by all the
// plugins that take part in it.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "./change.ts";
import type { Database } from "./state/database.ts";
import type { PacketFilter } from "./firewall/packet_filter.ts";
import type { RouteNetlink } from "./sys/netlink_socket.ts";
import type { NetworkNamespace } from "./sys/namespace.ts";

/** The attachment that the call is for. For GC and STATUS, which have none, both names are empty. */
export interface AttachmentKey {
  /** `name` of the network configuration. */
  readonly network: string;
  /** CNI_CONTAINERID. */
  readonly containerId: string;
  /** CNI_IFNAME. */
  readonly ifname: string;
}

export interface HostContext {
  readonly attachment: AttachmentKey;
  /** CNI_ARGS, in order: names the pod (K8S_POD_NAMESPACE, K8S_POD_NAME). */
  readonly args: ReadonlyArray<readonly [string, string]>;
  /** The network configuration of the plugin that is running, parsed: names the files that `config-files` may read. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * A namespace, opened at the first use and kept for the call.
   * @throws {HostCallError} `not-found` for `container` where the attachment has none (any more)
   */
  namespace(ns: Ns): NetworkNamespace;
  /**
   * A NETLINK_ROUTE socket in a namespace, opened at the first use and kept for the call.
   * @throws {HostCallError} as `namespace`
   */
  netlink(ns: Ns): RouteNetlink;
  /** The node's state. Opened at the first use. */
  database(): Database;
  /** GC only: the attachments whose ADD is under way, or was cut off and is not undone yet. As of the moment. */
  underWay?(): readonly AttachmentKey[];
  /** Writes a change down, before it is made. Where that fails it throws, and the change must not be made. */
  record(change: Change): void;
  /**
   * ADD only, and where its network configuration says so: keeps an address's packets back until network policies are
   * known. Called before the container gets the address.
   *
   * @returns takes it back; undefined where there is nothing to do
   * @throws {HostCallError} where it cannot be done: then the container must not get the address
   */
  isolate?(address: string, linkKind: string): (() => void) | undefined;
  /** A line for the host's log. */
  log(level: "debug" | "info" | "warn" | "error", message: string): void;
  /** Only where changes are planned, and not made. */
  readonly standIn?: KernelStandIn;
}

/** What stands in for the kernel where changes are only planned, beside `netlink`. Time does not pass in it. */
export interface KernelStandIn {
  /** @throws {KernelError} as the file would */
  readParameter(ns: Ns, path: string): string;
  /** @throws {KernelError} as the file would */
  writeParameter(ns: Ns, path: string, value: string): void;
  packetFilter(): PacketFilter;
  /** The identity of a container's namespace that is in memory: see `netnsId`. None where namespaces are real. */
  netnsId?(path: string): string | undefined;
}
