// ADD. What is made is undone by the host if a later step fails.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import { attempt, invalidConfig, mainResult } from "../sdk/mod.ts";
import { addLayer3, defaultRouteLink, parentNs, resultInterface } from "../sdk/parent.ts";
import { type MacvlanConfig, readConfig, requestedMac } from "./config.ts";

export function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  // The lease comes first: a pool that is exhausted costs no link.
  const leased = config.layer3 ? ipam.add(text) : undefined;
  if (leased?.ips.length === 0) throw invalidConfig(`IPAM plugin ${config.ipam?.type} gave no address`);
  const link = createLink(at, config);
  if (leased === undefined) {
    attempt(`bring up ${at.ifname}`, () => links.set("container", at.ifname, { up: true }));
  } else {
    addLayer3(at.ifname, leased.ips, leased.routes);
  }
  return mainResult(resultInterface(link), leased, config.dns);
}

function createLink(at: Attachment, config: MacvlanConfig): links.Link {
  const ns = parentNs(config);
  const parent = config.master || defaultRouteLink(ns);
  const mac = requestedMac(config, at);
  const options = {
    parent,
    name: at.ifname,
    mode: config.mode,
    ...config.mtu === 0 ? {} : { mtu: config.mtu },
    ...mac === undefined ? {} : { mac },
  };
  return attempt(
    `put ${at.ifname} of container ${at.containerId} on ${parent}`,
    () => links.createMacvlanOn(ns, options, config.bcqueuelen || undefined),
  );
}
