// What a node in memory has, as lines for a comparison or a snapshot. Names and MACs that are random come as the same
// text in each run.

import type { Link } from "cnidaria:cni/links@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import { createAddresses } from "../../host-funcs/addresses/mod.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { listLeases } from "../../host-funcs/leases/list.ts";
import { linkOfIndex } from "../../host-funcs/links/look_up.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { createNeighbors } from "../../host-funcs/neighbors/mod.ts";
import { createRoutes } from "../../host-funcs/routes/mod.ts";
import { MAIN_TABLE } from "../../host-funcs/routes/route_message.ts";
import { listRules } from "../../host-funcs/rules/find.ts";
import { ruleText } from "../../host-funcs/rules/text.ts";
import { ingressAction, rootQdisc } from "../../host-funcs/traffic-control/kernel_limits.ts";
import { rateText } from "../../host-funcs/traffic-control/token_bucket.ts";
import { formatMac } from "../../host-funcs/sys/mac_address.ts";
import { formatAddress } from "../../host-funcs/sys/ip_address.ts";
import type { ElementKey } from "../../host-funcs/sys/nftables_elements.ts";

/** RT_TABLE_DEFAULT, RT_TABLE_MAIN and RT_TABLE_LOCAL. */
const [DEFAULT_TABLE, LOCAL_TABLE] = [253, 255];
/** Link-local addresses and their routes follow from random MACs, and the kernel makes them in its own time. */
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;

/**
 * Links with their addresses, routes, rules and permanent neighbours of one namespace.
 *
 * @param label what the namespace is called in the lines: `host`, `pod1`
 */
export function namespaceLines(context: HostContext, ns: Ns, label: string): string[] {
  const addresses = createAddresses(context);
  const neighbors = createNeighbors(context);
  const links = createLinks(context).list(ns).filter(({ name }) => name !== "lo");
  const lines = links.map((link) =>
    [
      `${label}: ${link.name} ${link.kind || "device"} ${link.up ? "up" : "down"} mtu ${link.mtu} mac ${link.mac}`,
      link.master === undefined ? "" : `master ${link.master}`,
      link.port?.hairpin ? "hairpin" : "",
      link.port?.isolated ? "isolated" : "",
      link.promisc ? "promisc" : "",
      ...ns === "host" ? limits(context, link) : [],
      ...addresses.list(ns, link.name).filter((cidr) => !LINK_LOCAL.test(cidr)),
    ].filter((part) => part !== "").join(" ")
  );
  const routes = createRoutes(context).listAll(ns).filter(({ dst, link }) => link !== "lo" && !LINK_LOCAL.test(dst))
    .map((route) =>
      [
        `${label}: route ${route.dst}`,
        route.gateway === undefined ? "" : `via ${route.gateway}`,
        `dev ${route.link}`,
        route.source === undefined ? "" : `src ${route.source}`,
        route.priority === undefined ? "" : `metric ${route.priority}`,
        route.mtu === undefined ? "" : `mtu ${route.mtu}`,
        route.onlink ? "onlink" : "",
        route.table === MAIN_TABLE ? "" : `table ${route.table}`,
      ].filter((part) => part !== "").join(" ")
    );
  const neighbours = links.flatMap(({ name }) =>
    neighbors.list(ns, name).filter(({ permanent }) => permanent).map(({ address, mac }) =>
      `${label}: neighbour ${address} ${mac} dev ${name}`
    )
  );
  return [...lines, ...routes, ...ruleLines(context, ns, label), ...neighbours];
}

/** Rules for tables that no namespace has from its beginning: `pod1: rule from 10.1.0.5/32 lookup 100 priority 32765`. */
function ruleLines(context: HostContext, ns: Ns, label: string): string[] {
  try {
    return listRules(context, ns).filter(({ table }) => table < DEFAULT_TABLE || table > LOCAL_TABLE)
      .map((rule) => `${label}: rule ${ruleText(rule)}`);
  } catch (error) {
    if (error instanceof HostCallError && error.code === "unsupported") return [];
    throw error;
  }
}

/** `tbf 8 Mbit/s`, and where what comes in goes: `to bwp0123456789ab` */
function limits(context: HostContext, { index, name }: Link): string[] {
  const rate = rootQdisc(context, index, name)?.rate;
  const action = ingressAction(context, index, name);
  const incoming = action?.kind === "mirred"
    ? `to ${linkOfIndex(context.netlink("host"), "host", action.to)?.name}`
    : action && `police ${rateText(action.rate)}`;
  return [rate === undefined ? "" : `tbf ${rateText(rate)}`, incoming ?? ""];
}

/** The leases of the node's state: `lease net 10.1.0.2 pod1/eth0`. */
export function leaseLines(context: HostContext): string[] {
  return listLeases(context.database()).map(({ network, store, address, containerId, ifname }) =>
    `lease ${network}${store === "" ? "" : ` (${store})`} ${address} ${containerId}/${ifname}`
  );
}

/** `nftables inet cnidaria masquerade4 10.1.0.2` */
export function elementLine({ family, table = "cnidaria", set, key }: ElementKey): string {
  return `nftables ${family} ${table} ${set} ${keyText(key)}`;
}

/** An address, a MAC, the name of a link with or without a MAC or another name after it, or bytes. */
function keyText(key: Uint8Array): string {
  if (key.length === 4 || key.length === 16 && key[0]! < 0x20) return formatAddress(key);
  const nameAt = (start: number) => new TextDecoder().decode(key.subarray(start, start + 16)).replaceAll("\0", "");
  const name = nameAt(0);
  if (key.length < 16 || !/^[!-~]+$/.test(name)) return key.length === 16 ? formatAddress(key) : key.toHex();
  if (key.length === 32) return `${name} ${nameAt(16)}`;
  return key.length === 16 ? name : `${name} ${formatMac(key.subarray(16, 22))}`;
}

/** Replaces random names and MACs by texts that are the same in each run, numbered in the order of the lines. */
export function withoutChance(lines: readonly string[], isChance: (mac: string) => boolean): string[] {
  const names = new Map<string, string>();
  const numbered = (text: string, kind: string) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = `<${kind} ${[...names.values()].filter((it) => it.startsWith(`<${kind} `)).length + 1}>`;
    names.set(text, name);
    return name;
  };
  return lines.map((line) =>
    line.replaceAll(/\bveth[0-9a-f]{8}\b/g, (name) => numbered(name, "veth"))
      .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, (mac) => isChance(mac) ? numbered(mac, "mac") : mac)
  );
}
