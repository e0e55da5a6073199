// The attachments of a node as rows of a table: what a list, a map or a search needs, read in one pass. What an attachment
// owns in full is `describeAttachments`'.

import type { Database, Row } from "../../host-funcs/state/database.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { parseArgs } from "../cni/environment.ts";

export interface AttachmentRow extends AttachmentKey {
  /** K8S_POD_NAMESPACE and K8S_POD_NAME of CNI_ARGS; empty where they name none. */
  readonly podNamespace: string;
  readonly podName: string;
  /** In the order in which they ran. */
  readonly plugins: readonly string[];
  /** Of the result, with prefix length. */
  readonly addresses: readonly string[];
  /** Of the pod's interface; empty where the result names none. */
  readonly mac: string;
  /** Its other end on the node, and the bridge that this is a port of; empty where there is none. */
  readonly hostInterface: string;
  readonly bridge: string;
  /** CNI_NETNS of the ADD. */
  readonly netns: string;
  /** `dev:ino` of that file, and the boot, by which is told whether it lives. */
  readonly netnsId: string;
  readonly bootId: string;
  /** Who asked for it; empty where that is not known. */
  readonly runtime: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

interface Interface {
  readonly name: string;
  readonly mac?: string;
  readonly sandbox?: string;
}

/** The oldest first. @throws {HostCallError} */
export function attachmentRows(database: Database): AttachmentRow[] {
  const rows = database.all(
    `SELECT network, container_id, ifname, plugin, netns_path, netns_id, boot_id, args, created_ms, runtime,
        result -> '$.ips' AS ips, result -> '$.interfaces' AS interfaces
      FROM attachments ORDER BY created_ms`,
  );
  const found = new Map<string, AttachmentRow>();
  for (const row of rows) {
    const key = `${row.network}\n${row.container_id}\n${row.ifname}`;
    const before = found.get(key);
    found.set(
      key,
      before === undefined
        ? first(row)
        : { ...before, ...resultOf(row), plugins: [...before.plugins, String(row.plugin)] },
    );
  }
  return [...found.values()];
}

function first(row: Row): AttachmentRow {
  const args = new Map(parseArgs(String(row.args)));
  return {
    network: String(row.network),
    containerId: String(row.container_id),
    ifname: String(row.ifname),
    podNamespace: args.get("K8S_POD_NAMESPACE") ?? "",
    podName: args.get("K8S_POD_NAME") ?? "",
    plugins: [String(row.plugin)],
    ...resultOf(row),
    netns: String(row.netns_path),
    netnsId: String(row.netns_id),
    bootId: String(row.boot_id),
    runtime: String(row.runtime),
    sinceMs: Number(row.created_ms),
  };
}

/** What a chain's later plugin answers has what those before it did. */
function resultOf(row: Row): Pick<AttachmentRow, "addresses" | "mac" | "hostInterface" | "bridge"> {
  const ips = JSON.parse(String(row.ips ?? "[]")) as { readonly address: string }[];
  const interfaces = JSON.parse(String(row.interfaces ?? "[]")) as Interface[];
  const inside = interfaces.find(({ name, sandbox }) => name === row.ifname && sandbox !== undefined && sandbox !== "");
  const outside = interfaces.filter(({ sandbox }) => sandbox === undefined || sandbox === "");
  return {
    addresses: ips.map(({ address }) => address),
    mac: inside?.mac ?? "",
    // The bridge plugin answers the bridge, then its port; ptp the veth alone.
    hostInterface: outside.at(-1)?.name ?? "",
    bridge: outside.length > 1 ? outside[0]!.name : "",
  };
}
