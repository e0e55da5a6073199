// bandwidth: limits what a container may receive and send, on the host's end of the veth pair that a plugin before has
// made. What it made goes with the ledger: DEL needs nothing of the plugin.

import * as trafficControl from "cnidaria:cni/traffic-control@0.3.0";
import {
  attempt,
  CniError,
  definePlugin,
  emptyResult,
  ErrorCodes,
  previousResult,
  refuseDifferences,
} from "../sdk/mod.ts";
import { limitsOf } from "./config.ts";

export const cni = definePlugin({
  add(at, text) {
    const limits = limitsOf(text);
    if (isNone(limits)) return at.prevResult ?? emptyResult();
    const result = previousResult(at);
    const { hostEnd, ifb } = attempt(`limit the traffic of ${at.ifname} of container ${at.containerId}`, () => {
      return trafficControl.limit(at.ifname, limits);
    });
    // What has been made is taken back with the error.
    if (!result.interfaces.some(({ name, sandbox }) => name === hostEnd && sandbox.tag === "host")) {
      throw new CniError(
        ErrorCodes.invalidConfig,
        `Cannot limit the traffic of ${at.ifname} of container ${at.containerId} as prevResult does not name the other ` +
          `end of its veth pair, ${hostEnd}: the plugin that made it has to come before`,
      );
    }
    if (ifb !== undefined) result.interfaces.push({ ...ifb, sandbox: { tag: "host" } });
    return result;
  },

  check(at, text) {
    const limits = limitsOf(text);
    previousResult(at);
    if (isNone(limits)) return;
    const found = attempt(`read the limits of ${at.ifname}`, () => trafficControl.differences(at.ifname, limits));
    refuseDifferences(at, found);
  },

  status(_network, text) {
    limitsOf(text);
    attempt("limit the traffic of containers", () => trafficControl.probe());
  },
});

function isNone({ toContainer, fromContainer }: trafficControl.Limits): boolean {
  return toContainer === undefined && fromContainer === undefined;
}
