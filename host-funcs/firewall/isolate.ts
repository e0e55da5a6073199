// Isolating an address before a container gets it. In a file of its own: only an ADD whose network configuration has
// `networkPolicy` loads it.

import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { forgetUnresolved } from "../neighbors/forget_unresolved.ts";
import { transaction } from "../state/database.ts";
import { BRIDGE_FILTER_FOLDER, BRIDGE_FILTER_KEYS } from "../sysctl/bridge_filter_keys.ts";
import { readParameter, writeParameter } from "../sysctl/file.ts";
import { putElement } from "./elements.ts";
import { isolatedAddress, isolationElement, setIsolation } from "./isolation.ts";
import { packetFilter } from "./packet_filter.ts";
import { type FirewallChange, undoFirewallChange } from "./undo.ts";

/** What of an address that a container is about to get. */
export interface NewAddress {
  /** With or without prefix length. */
  readonly address: string;
  /** The kind of the link that gets it. */
  readonly linkKind: string;
}

/**
 * Tells whoever applies network policies of an address, and, where `closed`, has the kernel drop what it would forward to
 * or from it until that one has taken it over.
 *
 * @returns takes it back
 * @throws {HostCallError} `unsupported` where the kernel cannot do it
 */
export function isolate(context: HostContext, { address, linkKind }: NewAddress, closed: boolean): () => void {
  const target = isolatedAddress(address.replace(/\/.*$/, ""));
  if (linkKind !== "veth") {
    throw new HostCallError(
      "unsupported",
      `Cannot hold ${target.address} to network policies as it is to be on a ${
        linkKind || "device"
      } and no veth: what ` +
        `goes through that does not pass this node's packet filter. Leave "networkPolicy" out`,
    );
  }
  if (closed) filterBridges(context);
  const database = context.database();
  const filter = packetFilter(context);
  const change: FirewallChange = { kind: "isolation-added", address: target.address, pod: podOf(context), closed };
  const back = () => undoFirewallChange(context, change);
  context.record(change);
  try {
    transaction(database, () => {
      // An address that another attachment of the network had is free by now, or this one could not have it.
      database.run(
        "DELETE FROM firewall_elements WHERE kind IN ('isolation', 'isolation-ended') AND key = ? AND network = ?",
        target.address,
        context.attachment.network,
      );
      const kind = closed ? "isolation" : "isolation-ended";
      putElement(database, context.attachment, { kind, key: target.address, value: change.pod });
      if (closed) setIsolation(filter, target);
    });
    // What was forwarded to it before, and waits for it to come up. A plan has no packets.
    if (closed && context.standIn === undefined) forgetUnresolved(context, target.address);
  } catch (error) {
    try {
      back();
    } catch {
      // The first failure is the one to tell.
    }
    throw error;
  }
  return back;
}

/** Whether nobody has taken the address over yet. */
export function isStillIsolated(address: string): boolean {
  return packetFilter().element(isolationElement(isolatedAddress(address))) !== undefined;
}

/**
 * Has bridges ask the packet filter. They go on asking it.
 *
 * @throws {HostCallError} `unsupported` where the kernel has no br_netfilter
 */
function filterBridges(context: HostContext): void {
  for (const key of BRIDGE_FILTER_KEYS) {
    const path = `${BRIDGE_FILTER_FOLDER}/${key}`;
    try {
      if (readParameter(context, "host", path) === "0") writeParameter(context, "host", path, "1");
    } catch (error) {
      if (!(error instanceof HostCallError) || error.code !== "not-found") throw error;
      throw new HostCallError(
        "unsupported",
        `Cannot hold pods of one bridge to network policies as the kernel has no net/bridge/${key}: ` +
          "load br_netfilter (modprobe br_netfilter, and its name in /etc/modules-load.d)",
      );
    }
  }
}

/** `<namespace>/<name>`, of CNI_ARGS; empty where the runtime has not said both. */
export function podOf({ args }: Pick<HostContext, "args">): string {
  const [namespace, name] = ["K8S_POD_NAMESPACE", "K8S_POD_NAME"].map((key) => args.find(([it]) => it === key)?.[1]);
  return namespace && name ? `${namespace}/${name}` : "";
}
