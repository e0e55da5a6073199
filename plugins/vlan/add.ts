// ADD. What is made is undone by the host if a later step fails.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import { attempt, CniError, ErrorCodes, invalidConfig, mainResult } from "../sdk/mod.ts";
import { addLayer3, parentNs, resultInterface } from "../sdk/parent.ts";
import { readConfig, type VlanConfig } from "./config.ts";

export function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  const leased = ipam.add(text);
  if (leased.ips.length === 0) throw invalidConfig(`IPAM plugin ${config.ipam.type} gave no address`);
  const link = createLink(at, config);
  addLayer3(at.ifname, leased.ips, leased.routes);
  return mainResult(resultInterface(link), leased, config.dns);
}

function createLink(at: Attachment, { master, vlanId, mtu, linkInContainer }: VlanConfig): links.Link {
  const ns = parentNs({ linkInContainer });
  const doing = `put ${at.ifname} of container ${at.containerId} on VLAN ${vlanId} of ${master}`;
  const link = attempt(doing, () =>
    links.createVlan({
      parentNs: ns,
      parent: master,
      name: at.ifname,
      id: vlanId,
      ...mtu === 0 ? {} : { mtu },
    }));
  // The kernel refuses to set it up, and does not say why.
  if (!attempt(doing, () => links.get(ns, master)).up) {
    throw new CniError(
      ErrorCodes.io,
      `Cannot ${doing} as ${master} is down`,
      `set it up first: ip link set ${master} up`,
    );
  }
  return link;
}
