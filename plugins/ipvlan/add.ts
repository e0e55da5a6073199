// ADD. What is made is undone by the host if a later step fails.

import * as ipam from "cnidaria:cni/ipam@0.3.0";
import * as links from "cnidaria:cni/links@0.3.0";
import type { Attachment, CniResult } from "cnidaria:cni/types@0.3.0";
import { attempt, invalidConfig, mainResult } from "../sdk/mod.ts";
import { addLayer3, defaultRouteLink, parentNs, resultInterface } from "../sdk/parent.ts";
import { type IpvlanConfig, readConfig } from "./config.ts";

export function add(at: Attachment, text: string): CniResult {
  const config = readConfig(text);
  const ns = parentNs(config);
  const parent = config.master || chainedParent(at) || defaultRouteLink(ns);
  const layer3 = layer3Of(at, text, config);
  const link = attempt(`put ${at.ifname} of container ${at.containerId} on ${parent}`, () =>
    links.createIpvlan({
      parentNs: ns,
      parent,
      name: at.ifname,
      mode: config.mode,
      ...config.mtu === 0 ? {} : { mtu: config.mtu },
    }));
  addLayer3(at.ifname, layer3.ips, layer3.routes);
  return mainResult(resultInterface(link), layer3, config.dns);
}

/** The interface that the plugin before has made; undefined where there is no such plugin. */
function chainedParent({ prevResult }: Attachment): string | undefined {
  if (prevResult === undefined) return undefined;
  const [only, ...others] = prevResult.interfaces;
  if (only !== undefined && only.name !== "" && others.length === 0) return only.name;
  const names = prevResult.interfaces.map(({ name }) => name).join(", ") || "none";
  throw invalidConfig(`master is missing, and prevResult has not one interface that could be it, but ${names}`);
}

/** Addresses and routes, of IPAM or else of the plugin before. */
function layer3Of(at: Attachment, text: string, { leased, ipam: section }: IpvlanConfig): CniResult {
  if (leased) {
    const given = ipam.add(text);
    if (given.ips.length === 0) throw invalidConfig(`IPAM plugin ${section?.type} gave no address`);
    return given;
  }
  if (at.prevResult !== undefined && at.prevResult.ips.length > 0) return at.prevResult;
  throw invalidConfig("ipam.type is missing, and there is no prevResult with addresses: ipvlan needs one of them");
}
