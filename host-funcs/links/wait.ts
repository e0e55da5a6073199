// Waiting for a link to run.

import type { Link } from "cnidaria:cni/links@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { waitUntil } from "../sys/wait_until.ts";
import { needLink, place, toLink } from "./look_up.ts";

const RTNLGRP_LINK = 1;

/** See `wait-running` of the contract. */
export function waitRunning(context: HostContext, ns: Ns, name: string, timeoutMs: number): Link {
  const link = waitUntil(context, ns, [RTNLGRP_LINK], timeoutMs, () => {
    const link = needLink(context, ns, name, "wait for");
    return link.running && link.port?.forwarding !== false ? link : undefined;
  });
  if (link) return toLink(context.netlink(ns), ns, link);
  const { up, running, port } = needLink(context, ns, name, "wait for");
  const reason = !up
    ? "it is not set up"
    : !running
    ? "it has no carrier (is the other end up?)"
    : `its bridge port does not forward (${port ? "spanning tree?" : "no port"})`;
  throw new HostCallError("timeout", `Cannot use ${place(ns, name)} as after ${timeoutMs} ms ${reason}`);
}
