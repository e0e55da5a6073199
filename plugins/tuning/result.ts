// The result of the plugin before, with what has changed.

import type { CniResult } from "cnidaria:cni/types@0.3.0";
import type { Tuning } from "./config.ts";

/** The container's interface gets its new MAC address and MTU; whatever else has its name on the host stays. */
export function resultOf(before: CniResult, ifname: string, { mac, mtu }: Tuning): CniResult {
  const interfaces = before.interfaces.map((each) =>
    each.name === ifname && each.sandbox.tag === "container" ? { ...each, ...mac && { mac }, ...mtu && { mtu } } : each
  );
  return { ...before, interfaces };
}
