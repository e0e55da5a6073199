// flanneld on a node of a cluster.

import type { ClusterNode } from "./cluster_node.ts";
import { Daemon } from "./daemon.ts";
import { FLANNELD } from "./flanneld/build.ts";

/** Starts it, and waits until it has a subnet. It ends at the end of the `await using` scope. */
export async function startFlanneld(node: ClusterNode, endpoint: string): Promise<Daemon> {
  const argv = [FLANNELD, "-etcd-endpoints", endpoint, "-iface", "eth0", "-subnet-file", node.subnetFile];
  const before = modified(node.subnetFile);
  const daemon = Daemon.start(argv, node.namespace);
  try {
    await daemon.until("it has a subnet", () => modified(node.subnetFile) !== before);
    return daemon;
  } catch (error) {
    await daemon.end("SIGKILL");
    throw error;
  }
}

function modified(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch {
    return undefined;
  }
}
