// tuning: sets kernel parameters of the container, and attributes of its interface, after the plugin that made it. DEL
// needs nothing of it: the host puts back what was there before.

import * as configFiles from "cnidaria:cni/config-files@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import * as sysctl from "cnidaria:cni/sysctl@0.3.0";
import {
  attempt,
  CniError,
  definePlugin,
  ErrorCodes,
  invalidConfig,
  previousResult,
  refuseDifferences,
} from "../sdk/mod.ts";
import { differences } from "./check.ts";
import { parameterNames, readConfig, tuningOf } from "./config.ts";
import { resultOf } from "./result.ts";

export const cni = definePlugin({
  add(at, text) {
    const config = readConfig(text);
    const tuning = tuningOf(at, config);
    const refusal = refusedParameters(parameterNames(config));
    if (refusal !== undefined) throw refusal;
    const before = previousResult(at);
    const { parameters, mac, mtu, promisc, allmulti, queueLength } = tuning;
    if (parameters.length > 0) {
      attempt(`set kernel parameters for ${at.ifname} of container ${at.containerId}`, () => {
        sysctl.setAll("container", parameters.map(({ key, value }) => ({ key, value })));
      });
    }
    const changes = { ...mac && { mac }, ...mtu && { mtu }, ...promisc !== undefined && { promisc } };
    if (Object.keys(changes).length > 0) {
      attempt(`tune ${at.ifname} of container ${at.containerId}`, () => links.set("container", at.ifname, changes));
    }
    const more = { ...allmulti !== undefined && { allmulti }, ...queueLength !== undefined && { queueLength } };
    if (Object.keys(more).length > 0) {
      attempt(`tune ${at.ifname} of container ${at.containerId}`, () => links.tune("container", at.ifname, more));
    }
    return resultOf(before, at.ifname, tuning);
  },

  check(at, text) {
    const tuning = tuningOf(at, readConfig(text));
    previousResult(at);
    refuseDifferences(at, differences(at.ifname, tuning));
  },

  status(_network, text) {
    const refusal = refusedParameters(parameterNames(readConfig(text)));
    if (refusal !== undefined) throw new CniError(ErrorCodes.notAvailable, refusal.message);
  },
});

/** What the node's allow-list says of parameters. */
function refusedParameters(names: string[]): CniError | undefined {
  if (names.length === 0) return undefined;
  const refused = attempt("read which kernel parameters may be set", () => configFiles.refusedParameters(names));
  if (refused.length === 0) return undefined;
  return invalidConfig(
    `sysctl ${refused.join(", ")} is not allowed on this node: no line of /etc/cni/tuning/allowlist.conf matches`,
  );
}
