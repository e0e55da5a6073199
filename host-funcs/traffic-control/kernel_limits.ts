// What the kernel has of limits.

import type { HostContext } from "../context.ts";
import { EAGAIN, EINVAL, ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import { place } from "../links/look_up.ts";
import { ingressFiltersQuery, rootQdiscQuery } from "./tc_message.ts";
import { type FilterAction, type Qdisc, readFilter, readQdisc } from "./tc_reading.ts";

/** The queueing discipline at the root of a link of the host; undefined for what the kernel has by itself. */
export function rootQdisc(context: HostContext, index: number, name: string): Qdisc | undefined {
  try {
    return readQdisc(context.netlink("host").query(rootQdiscQuery(index)));
  } catch (error) {
    // Which of these it is depends on the kernel's age.
    if (isErrno(error, EAGAIN, EINVAL, ENOENT)) return undefined;
    throw hostCallError(`read the queueing discipline of ${place("host", name)}`, error);
  }
}

/** What the first of our filters on what comes in does; undefined if there is none. */
export function ingressAction(context: HostContext, index: number, name: string): FilterAction | undefined {
  try {
    return context.netlink("host").dump(ingressFiltersQuery(index)).map(readFilter).find((it) => it !== undefined);
  } catch (error) {
    if (isErrno(error, EINVAL, ENOENT)) return undefined;
    throw hostCallError(`list the filters of ${place("host", name)}`, error);
  }
}
