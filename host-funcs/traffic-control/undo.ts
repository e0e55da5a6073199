import type { HostContext } from "../context.ts";
import { findLink, place } from "../links/look_up.ts";
import { EINVAL, ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import type { LimitAdded } from "./limit.ts";
import { deleteQdiscMessage } from "./tc_message.ts";

/** Takes a limit back. A queueing discipline that is not as ours stays; the ifb is a change of its own. */
export function undoLimit(context: HostContext, { link, direction }: LimitAdded): void {
  const netlink = context.netlink("host");
  const end = findLink(netlink, "host", link);
  if (end === undefined) return;
  const kind = direction === "to-container" ? "tbf" : "ingress";
  try {
    netlink.request(deleteQdiscMessage(end.index, kind));
  } catch (error) {
    // There is none, or another's.
    if (!isErrno(error, EINVAL, ENOENT)) throw hostCallError(`end the limit of ${place("host", link)}`, error);
  }
}
