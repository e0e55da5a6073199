// The MAC of a node's tunnel device, where none is there yet.

/**
 * A locally administered unicast MAC (IEEE 802) that is the same at each start of a node, and another for each device.
 *
 * @param node name of the node; unique in the cluster
 */
export async function freshMac(node: string, device: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${node}\0${device}`)));
  const bytes = digest.slice(0, 6);
  bytes[0] = bytes[0]! & 0xfc | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
