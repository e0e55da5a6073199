// The link by which the kernel would send to an address.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { EHOSTUNREACH, ENETUNREACH, hostCallError, isErrno } from "../sys/errno.ts";
import { parseAddress } from "../sys/ip_address.ts";
import { linkOfLookUp, routeLookUp } from "./route_message.ts";

/**
 * One look-up, however many routes there are.
 *
 * @returns its index; undefined where no route leads there
 * @throws {HostCallError} `invalid` where it is no address
 */
export function linkTo(context: Pick<HostContext, "netlink">, ns: Ns, address: string): number | undefined {
  try {
    return linkOfLookUp(context.netlink(ns).query(routeLookUp(parseAddress(address))));
  } catch (error) {
    if (isErrno(error, ENETUNREACH, EHOSTUNREACH)) return undefined;
    throw hostCallError(`look up the route to ${address}`, error);
  }
}
