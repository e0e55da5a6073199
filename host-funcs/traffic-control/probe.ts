// Whether the kernel can limit traffic, without limiting any.

import type { Method } from "cnidaria:cni/traffic-control@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { needLink } from "../links/look_up.ts";
import { supportsKind } from "../links/supports.ts";
import { EINVAL, ENOENT, hostCallError, isErrno } from "../sys/errno.ts";
import { type NetlinkMessage, NLM_F_REPLACE } from "../sys/netlink_message.ts";
import { actionProbe, tbfProbe } from "./tc_message.ts";

/** See `probe` of the contract: sends what lacks its parameters, and looks at what is wrong with it. */
export function probeMethod(context: HostContext): Method {
  const { index } = needLink(context, "host", "lo", "try out token buckets on");
  if (!knows(context, "token buckets", tbfProbe(index, NLM_F_REPLACE))) throw lacks("to the container", "sch_tbf");
  if (supportsKind(context, "ifb") && knows(context, "redirection", actionProbe("mirred"))) return "ifb";
  if (knows(context, "policing", actionProbe("police"))) return "police";
  throw lacks("from the container", "ifb and act_mirred, or act_police");
}

/** What is known is refused for its lack of parameters. */
function knows(context: HostContext, what: string, message: NetlinkMessage): boolean {
  try {
    context.netlink("host").request(message);
  } catch (error) {
    if (isErrno(error, EINVAL)) return true;
    if (isErrno(error, ENOENT)) return false;
    throw hostCallError(`try whether the kernel has ${what}`, error);
  }
  throw new HostCallError("io", `Cannot try whether the kernel has ${what} as it took what lacks its parameters`);
}

function lacks(way: string, modules: string): HostCallError {
  return new HostCallError(
    "unsupported",
    `Cannot limit what goes ${way} as this kernel lacks ${modules}: load the module, or use a kernel with it`,
    ENOENT,
  );
}
