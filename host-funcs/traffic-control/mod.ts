// The `traffic-control` interface of the contract.

import type * as TrafficControl from "cnidaria:cni/traffic-control@0.3.0";
import type { HostContext } from "../context.ts";
import { differencesFrom } from "./drift.ts";
import { limitTraffic } from "./limit.ts";
import { probeMethod } from "./probe.ts";

/** The host functions of `cnidaria:cni/traffic-control`, for one call. */
export function createTrafficControl(context: HostContext): typeof TrafficControl {
  return {
    limit: (link, limits) => limitTraffic(context, link, limits),
    differences: (link, limits) => differencesFrom(context, link, limits),
    probe: () => probeMethod(context),
  };
}
