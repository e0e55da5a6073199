// nodes/<name>.json: what one node has, written by itself or by whoever configures the site.

import { checkNode, type NodeEntry, type NodeKeys } from "../node_entry.ts";
import type { ClusterNode } from "../store.ts";

const KEYS: NodeKeys = {
  backendType: '"backendType"',
  ipv4: { subnet: '"subnet"', publicIp: '"publicIp"', backendData: '"backendData"' },
  ipv6: { subnet: '"ipv6Subnet"', publicIp: '"publicIpv6"', backendData: '"backendV6Data"' },
};

/** A name that is a file's as well: as Kubernetes has them. */
export function isNodeName(name: string): boolean {
  return name.length <= 200 && /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(name);
}

/**
 * Reads the text of a node's file.
 *
 * @param path for sentences
 * @throws {SyntaxError} where it is no JSON, which may be a file that is being written
 */
export function readNodeFile(name: string, text: string, path: string): NodeEntry {
  const json: unknown = JSON.parse(text);
  const it = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  return checkNode(
    {
      name,
      backendType: it.backendType,
      ...it.subnet !== undefined && { ipv4: lease(it.subnet, it.publicIp, it.backendData) },
      ...it.ipv6Subnet !== undefined && { ipv6: lease(it.ipv6Subnet, it.publicIpv6, it.backendV6Data) },
    },
    KEYS,
    `node "${name}" (${path})`,
  );
}

/** The text of a node's file. */
export function nodeFileText({ backendType, ipv4, ipv6 }: ClusterNode): string {
  const file = {
    ...ipv4 && { subnet: ipv4.subnet, publicIp: ipv4.publicIp },
    ...ipv6 && { ipv6Subnet: ipv6.subnet, publicIpv6: ipv6.publicIp },
    backendType,
    ...ipv4?.backendData && { backendData: JSON.parse(ipv4.backendData) },
    ...ipv6?.backendData && { backendV6Data: JSON.parse(ipv6.backendData) },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** In the file it is JSON, elsewhere the text of it. */
function lease(subnet: unknown, publicIp: unknown, backendData: unknown) {
  return { subnet, publicIp, backendData: backendData === undefined ? "" : JSON.stringify(backendData) };
}
