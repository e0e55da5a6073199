// The configuration of macvlan: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { MacvlanMode } from "cnidaria:cni/links@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import {
  argument,
  fields,
  ipamSection,
  optional,
  options,
  type OptionsOf,
  parseConfig,
  validate,
  withDefault,
} from "../sdk/mod.ts";

const MODES = ["bridge", "private", "vepa", "passthru"] as const satisfies readonly MacvlanMode[];
const mode = v.picklist([...MODES, ""], `"bridge", "private", "vepa" or "passthru"`);
const runtimeConfig = fields.object({ mac: v.optional(fields.macOrNone, "") }, "an object");

export const schema = options({
  master: withDefault(fields.linkNameOrNone, "", "The parent. Without it, the interface of the default route."),
  linkInContainer: withDefault(fields.flag, false, "The parent lies in the container, not on the node."),
  mode: withDefault(mode, "bridge", "Who may talk to whom, see below."),
  mtu: withDefault(fields.mtu, 0, "Bytes, at most the parent's; 0: the parent's."),
  mac: withDefault(fields.macOrNone, "", "MAC address; `MAC` of CNI_ARGS and `runtimeConfig.mac` go before it."),
  bcqueuelen: withDefault(
    fields.integer(0, 4294967295),
    0,
    "Broadcasts that may wait on the parent to be copied; 0: the kernel's 1000.",
  ),
  ipam: optional(ipamSection, "IPAM plugin. Without it the interface is up, without addresses (layer 2 only)."),
  dns: optional(fields.dns, "Goes before what IPAM gives."),
  runtimeConfig: optional(runtimeConfig, "`mac`, of a runtime that supports the capability."),
});

export interface MacvlanConfig extends Omit<OptionsOf<typeof schema>, "mode"> {
  readonly mode: MacvlanMode;
  /** Whether `ipam` names a plugin. */
  readonly layer3: boolean;
}

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): MacvlanConfig {
  const config = parseConfig(schema, text);
  return { ...config, mode: config.mode || "bridge", layer3: (config.ipam?.type ?? "") !== "" };
}

/** MAC for the container: runtimeConfig.mac, else MAC of CNI_ARGS, else `mac`, else undefined. */
export function requestedMac(config: MacvlanConfig, at: Attachment): string | undefined {
  const given = config.runtimeConfig?.mac;
  if (given) return given;
  const argued = argument(at, "MAC");
  if (argued !== undefined) return validate(fields.mac, argued, "MAC of CNI_ARGS");
  return config.mac || undefined;
}
