// Which addresses are leased on a node.

import type { Target } from "../lab/cni_call.ts";
import type { Node } from "../lab/node.ts";

/** Leased addresses of all networks of the node, sorted. */
export async function heldAddresses(target: Target, node: Node): Promise<string[]> {
  return (target.ours ? await oursHeld(target, node) : goHeld(node.leaseDirectory)).sort();
}

// host-local keeps one file for each address, named after it, in a directory for each network.
function goHeld(directory: string): string[] {
  const found: string[] = [];
  for (const network of list(directory)) {
    found.push(...list(`${directory}/${network}`).filter((name) => !/^(lock|last_reserved_ip\..*)$/.test(name)));
  }
  return found;
}

function list(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function oursHeld(target: Target, node: Node): Promise<string[]> {
  const text = await node.namespace.must([`${target.directory}/cnidaria`, "leases", "--json"], {
    env: target.environment(node),
  });
  return (JSON.parse(text) as { address: string }[]).map((lease) => lease.address);
}
