// The configuration of bridge: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { argument, dnsEntry, fields, invalidConfig, ipamEntry, parseConfig, validate } from "../sdk/mod.ts";
import { trunkRanges, vlanTrunkSchema } from "./vlan_trunk.ts";

const flag = v.optional(fields.flag, false);

export const schema = fields.object({
  bridge: v.optional(fields.linkName, "cni0"),
  isGateway: flag,
  isDefaultGateway: flag,
  forceAddress: flag,
  ipMasq: flag,
  ipMasqBackend: v.optional(v.picklist(["", "nftables", "iptables"], '"nftables" or "iptables"'), ""),
  mtu: v.optional(fields.mtu, 0),
  hairpinMode: v.exactOptional(fields.flag),
  promiscMode: flag,
  macspoofchk: flag,
  enabledad: flag,
  disableContainerInterface: flag,
  preserveDefaultVlan: flag,
  portIsolation: flag,
  vlan: v.optional(fields.integer(0, 4094), 0),
  vlanTrunk: v.optional(vlanTrunkSchema, []),
  ipam: ipamEntry,
  dns: dnsEntry,
  runtimeConfig: v.optional(fields.object({ mac: v.optional(fields.macOrNone, "") }), {}),
  args: v.optional(
    fields.object({ cni: v.optional(fields.object({ mac: v.optional(fields.macOrNone, "") }), {}) }),
    {},
  ),
});

export interface BridgeConfig extends v.InferOutput<typeof schema> {
  /** Whether `ipam` names a plugin: without one the attachment is layer 2 only. */
  readonly layer3: boolean;
  /**
   * Whether a frame may leave by the port it came from: `hairpinMode`, and without it where the bridge is the pods'
   * gateway. A pod that speaks to itself by a Service needs it (kubernetes/kubernetes#13375, #45790).
   */
  readonly reflects: boolean;
  /** `vlanTrunk`, merged. */
  readonly trunk: readonly (readonly [number, number])[];
}

/** @throws {CniError} code 6 or 7, naming the keys */
export function readConfig(text: string): BridgeConfig {
  const config = parseConfig(schema, text);
  const layer3 = config.ipam.type !== "";
  if (layer3 && config.disableContainerInterface) {
    throw invalidConfig(`disableContainerInterface is true, but ipam.type is "${config.ipam.type}": give one of them`);
  }
  if (config.hairpinMode && config.promiscMode) {
    throw invalidConfig("hairpinMode and promiscMode are both true: a bridge delivers each frame twice then, give one");
  }
  const gateway = config.isGateway || config.isDefaultGateway;
  if (gateway && config.vlan !== 0) validate(fields.linkName, `${config.bridge}.${config.vlan}`, "VLAN gateway's name");
  const reflects = config.hairpinMode ?? (gateway && !config.promiscMode);
  return { ...config, isGateway: gateway, layer3, reflects, trunk: trunkRanges(config.vlanTrunk) };
}

/** MAC for the container: runtimeConfig.mac, else args.cni.mac, else MAC of CNI_ARGS, else undefined. */
export function requestedMac(config: BridgeConfig, at: Attachment): string | undefined {
  const configured = config.runtimeConfig.mac || config.args.cni.mac;
  if (configured !== "") return configured;
  const argued = argument(at, "MAC");
  return argued === undefined ? undefined : validate(fields.mac, argued, "MAC of CNI_ARGS");
}
