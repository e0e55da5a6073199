// The configuration of vlan: its keys are those of the upstream plugin.

import {
  fields,
  invalidConfig,
  ipamSection,
  optional,
  options,
  type OptionsOf,
  parseConfig,
  required,
  withDefault,
} from "../sdk/mod.ts";

export const schema = options({
  master: required(fields.linkName, "The parent."),
  vlanId: required(fields.integer(0, 4094), "IEEE 802.1Q; 0 tags frames with a priority alone."),
  linkInContainer: withDefault(fields.flag, false, "The parent lies in the container, not on the node."),
  mtu: withDefault(fields.mtu, 0, "Bytes, at most the parent's; 0: the parent's."),
  ipam: required(ipamSection, "IPAM plugin."),
  dns: optional(fields.dns, "Goes before what IPAM gives."),
});

export type VlanConfig = OptionsOf<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): VlanConfig {
  const config = parseConfig(schema, text);
  if (config.ipam.type === "") throw invalidConfig("ipam.type is missing, expected the name of an IPAM plugin");
  return config;
}
