// Packets that wait for a neighbour's MAC have passed the packet filter already: they go out when it answers, whatever the
// filter has been told meanwhile.

import type { HostContext } from "../context.ts";
import { attempt, ENOENT, isErrno } from "../sys/errno.ts";
import { parseAddress } from "../sys/ip_address.ts";
import { neighborMessage, neighborQuery, readNeighbor, RTM_DELNEIGH } from "./neighbor_message.ts";

/**
 * Drops what the host's links hold back for an address that has not answered yet. Nothing of the node's configuration
 * changes: the next packet asks again.
 *
 * @param address in canonical form
 * @throws {HostCallError}
 */
export function forgetUnresolved(context: HostContext, address: string): void {
  const { family, bytes } = parseAddress(address);
  const netlink = context.netlink("host");
  attempt(`drop the packets that wait for neighbour ${address}`, () => {
    for (const received of netlink.dump(neighborQuery(family))) {
      const neighbor = readNeighbor(received);
      if (neighbor === undefined || !neighbor.unresolved || neighbor.address !== address) continue;
      try {
        netlink.request(neighborMessage(RTM_DELNEIGH, { family, index: neighbor.linkIndex, address: bytes }));
      } catch (error) {
        // It was given up, or has answered.
        if (!isErrno(error, ENOENT)) throw error;
      }
    }
  });
}
