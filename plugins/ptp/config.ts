// The configuration of ptp: its keys are those of the upstream plugin.

import * as v from "valibot";
import { dnsEntry, fields, invalidConfig, ipamEntry, parseConfig } from "../sdk/mod.ts";

export const schema = fields.object({
  ipMasq: v.optional(fields.flag, false),
  ipMasqBackend: v.optional(v.picklist(["", "nftables", "iptables"], '"nftables" or "iptables"'), ""),
  mtu: v.optional(fields.mtu, 0),
  ipam: ipamEntry,
  dns: dnsEntry,
});

export type PtpConfig = v.InferOutput<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): PtpConfig {
  const config = parseConfig(schema, text);
  if (config.ipam.type === "") throw invalidConfig("ipam.type is missing, expected the name of an IPAM plugin");
  return config;
}
