// The subnet file (/run/flannel/subnet.env): what this node has, for the flannel plugin and for the node's next start.

import { formatAddress, formatNetwork, parseNetwork } from "../../host-funcs/ip_number.ts";
import { writeAtomically } from "../atomic_file.ts";

/** What the file says. */
export interface SubnetFile {
  /** Networks of all nodes, CIDR notation. */
  readonly ipv4Network?: string;
  readonly ipv6Network?: string;
  /** This node's subnets, CIDR notation. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Bytes: what pods may send. */
  readonly mtu: number;
  /** Whether the agent masquerades what leaves the network. */
  readonly ipMasq: boolean;
}

/** The file's text, as flanneld writes it: of a subnet, the first address, which is the bridge's. */
export function subnetFileText(file: SubnetFile): string {
  const lines: [string, string | undefined][] = [
    ["FLANNEL_NETWORK", file.ipv4Network],
    ["FLANNEL_SUBNET", file.ipv4 && firstAddress(file.ipv4)],
    ["FLANNEL_IPV6_NETWORK", file.ipv6Network],
    ["FLANNEL_IPV6_SUBNET", file.ipv6 && firstAddress(file.ipv6)],
    ["FLANNEL_MTU", String(file.mtu)],
    ["FLANNEL_IPMASQ", String(file.ipMasq)],
  ];
  return lines.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}\n`).join("");
}

/**
 * Writes it as a whole or not at all: a plugin may read it at any moment. A file that says the same already is left.
 *
 * @throws {Error} a sentence
 */
export async function writeSubnetFile(path: string, file: SubnetFile): Promise<void> {
  const text = subnetFileText(file);
  if (await readIfThere(path) === text) return;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o755 });
  await writeAtomically(path, text, 0o644);
}

/** The subnets that an earlier start of this node, or flanneld, wrote down: as networks, in CIDR notation. */
export async function earlierSubnets(path: string): Promise<string[]> {
  const lines = (await readIfThere(path) ?? "").split("\n");
  return lines.flatMap((line) => {
    const network = parseNetwork(/^FLANNEL_(?:IPV6_)?SUBNET=(\S+)$/.exec(line.trim())?.[1] ?? "");
    return network === undefined ? [] : [formatNetwork(network)];
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`Cannot read the subnet file ${path}: ${(error as Error).message}`);
  }
}

function firstAddress(cidr: string): string {
  const network = parseNetwork(cidr);
  if (network === undefined) throw new RangeError(`Cannot write the subnet file as this is no subnet: ${cidr}`);
  return `${formatAddress(network.family, network.first + 1n)}/${network.prefix}`;
}
