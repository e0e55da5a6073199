// The configuration of host-device: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { Device } from "cnidaria:cni/links@0.3.0";
import { fields, invalidConfig, ipamSection, optional, options, type OptionsOf, parseConfig } from "../sdk/mod.ts";

export const schema = options({
  device: optional(fields.text, "Name of the link on the host."),
  hwaddr: optional(fields.text, "Its MAC address."),
  kernelpath: optional(fields.text, "Folder of its device below `/sys/devices`, the one that has `net`."),
  pciBusID: optional(fields.text, "Address of its device on the PCI bus: `0000:04:00.0`."),
  runtimeConfig: optional(
    fields.object({ deviceID: v.optional(fields.text, "") }, "an object"),
    "`deviceID`, as device plugins give it: a PCI address, or a name on the auxiliary bus. Goes before `pciBusID`.",
  ),
  ipam: optional(ipamSection, "The IPAM plugin's section. Without it the attachment is layer 2 only."),
  dns: optional(fields.dns, "Goes before what IPAM gives."),
});

export type HostDeviceConfig = OptionsOf<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): HostDeviceConfig {
  return parseConfig(schema, text);
}

/**
 * What names the device. Where several keys do, the first of these counts, as upstream.
 *
 * @throws {CniError} code 7 where none does
 */
export function deviceOf(config: HostDeviceConfig): Device {
  const { device, hwaddr, kernelpath, pciBusID, runtimeConfig } = config;
  const busId = runtimeConfig?.deviceID || pciBusID;
  if (device) return { tag: "name", val: device };
  if (hwaddr) return { tag: "mac", val: hwaddr };
  if (kernelpath) return { tag: "kernel-path", val: kernelpath };
  if (busId) return { tag: "bus-id", val: busId };
  throw invalidConfig("no device is named: set device, hwaddr, kernelpath, pciBusID or runtimeConfig.deviceID");
}

/** Whether addresses are given. */
export function hasIpam({ ipam }: HostDeviceConfig): boolean {
  return ipam !== undefined && ipam.type !== "";
}
