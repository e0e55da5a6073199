// ADD. What is made is undone by the host if a later step fails: the device is back on the node then.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult, ResultIp } from "cnidaria:cni/types@0.3.0";
import { addAddresses, addRoutes, settleAddresses } from "../sdk/container.ts";
import { attempt, emptyResult, familyOf, invalidConfig, isDnsSet, toDns } from "../sdk/mod.ts";
import { deviceOf, hasIpam, readConfig } from "./config.ts";

export function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  const device = deviceOf(config);
  const { name, mac, mtu } = attempt(`give ${device.val} to container ${at.containerId} as ${at.ifname}`, () => {
    return links.moveToContainer(device, at.ifname);
  });
  const interfaces: CniResult["interfaces"] = [{ name, mac, mtu, sandbox: { tag: "container" } }];
  if (!hasIpam(config)) {
    attempt(`bring up ${at.ifname}`, () => links.set("container", at.ifname, { up: true }));
    return { ...emptyResult(), interfaces };
  }
  const leased = ipam.add(text);
  if (leased.ips.length === 0) throw invalidConfig(`IPAM plugin ${config.ipam?.type} gave no address`);
  const ips = leased.ips.map((ip) => ({ ...ip, interface: 0 }));
  address(at.ifname, ips);
  addRoutes(at.ifname, leased.routes, ips);
  const own = config.dns === undefined ? undefined : toDns(config.dns);
  return { interfaces, ips, routes: leased.routes, dns: own !== undefined && isDnsSet(own) ? own : leased.dns };
}

/** The network behind a device may have others with that address: they are asked, where there is anybody to ask. */
function address(ifname: string, ips: readonly ResultIp[]): void {
  addAddresses(ifname, ips, true);
  if (!ips.some((ip) => familyOf(ip.address) === 6)) return;
  const { running } = attempt(`read ${ifname}`, () => links.get("container", ifname));
  if (running) settleAddresses(ifname);
}
