// The configuration of ipvlan: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { IpvlanMode } from "cnidaria:cni/links@0.3.0";
import { fields, ipamSection, optional, options, type OptionsOf, parseConfig, withDefault } from "../sdk/mod.ts";

const MODES = ["l2", "l3", "l3s"] as const satisfies readonly IpvlanMode[];
const mode = v.picklist([...MODES, ""], '"l2", "l3" or "l3s"');

export const schema = options({
  master: withDefault(
    fields.linkNameOrNone,
    "",
    "The parent. Without it, in a chain the interface of prevResult, else that of the default route.",
  ),
  linkInContainer: withDefault(fields.flag, false, "The parent lies in the container, not on the node."),
  mode: withDefault(mode, "l2", "Where packets are routed, see below."),
  mtu: withDefault(fields.mtu, 0, "Bytes, at most the parent's; 0: the parent's."),
  ipam: optional(ipamSection, "IPAM plugin. Without it the addresses and routes are those of prevResult."),
  dns: optional(fields.dns, "Goes before what IPAM gives."),
});

export interface IpvlanConfig extends Omit<OptionsOf<typeof schema>, "mode"> {
  readonly mode: IpvlanMode;
  /** Whether `ipam` names a plugin. */
  readonly leased: boolean;
}

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): IpvlanConfig {
  const config = parseConfig(schema, text);
  return { ...config, mode: config.mode || "l2", leased: (config.ipam?.type ?? "") !== "" };
}
