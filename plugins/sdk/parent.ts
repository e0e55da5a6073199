// What macvlan, ipvlan and vlan share: a link of the container on a parent. For plugins that import links, addresses,
// neighbors, routes, sysctl.

import * as links from "cnidaria:cni/links@0.3.0";
import * as routes from "cnidaria:cni/routes@0.3.0";
import * as sysctl from "cnidaria:cni/sysctl@0.3.0";
import type { Attachment, CniResult, Ns, ResultInterface, ResultIp, ResultRoute } from "cnidaria:cni/types@0.3.0";
import { familyOf } from "./address.ts";
import { addressDifferences, findLink, linkDifferences, routeDifferences } from "./check.ts";
import { CniError, ErrorCodes } from "./cni_error.ts";
import { invalidConfig } from "./config.ts";
import { addAddresses, addRoutes, settleAddresses } from "./container.ts";
import { attempt, unlessHostError } from "./host_error.ts";
import { addressesOf, defaultDestination } from "./layer3.ts";

/** How long a parent that is up takes to make its child run, at most, milliseconds. */
const RUNNING_MS = 1_000;

/** Where `linkInContainer` says that the parent lies. */
export function parentNs(config: { readonly linkInContainer: boolean }): Ns {
  return config.linkInContainer ? "container" : "host";
}

/**
 * The link of the default route, of IPv4 if there is one: of several the one that the kernel prefers.
 *
 * @throws {CniError} code 7 if there is none
 */
export function defaultRouteLink(ns: Ns): string {
  const all = attempt("look for the default route", () => routes.list(ns, undefined));
  for (const family of [4, 6] as const) {
    const dst = defaultDestination(family);
    const [first] = all.filter((route) => route.dst === dst && route.link !== undefined)
      .toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
    if (first !== undefined) return first.link!;
  }
  const where = ns === "host" ? "the node" : "the container";
  throw invalidConfig(`master is missing, and ${where} has no default route whose interface could be it`);
}

/** STATUS: a parent on the node has to be there. @throws {CniError} code 50 */
export function needParent(name: string): void {
  if (findLink("host", name) !== undefined) return;
  throw new CniError(
    ErrorCodes.notAvailable,
    `Cannot attach a container as the node has no interface ${name}`,
    `the configuration names it as master: see the node's interfaces with "ip link"`,
  );
}

/** Addresses and routes; the link is up then, and its neighbours have been told. */
export function addLayer3(ifname: string, ips: readonly ResultIp[], wanted: readonly ResultRoute[]): void {
  announceWhenUp(ifname, ips);
  addAddresses(ifname, ips, true);
  if (ips.some((ip) => familyOf(ip.address) === 6)) {
    // Without a carrier nobody could have the same address, and detection would not begin.
    const running = attempt(
      `wait until ${ifname} runs`,
      () => unlessHostError(["timeout"], () => links.waitRunning("container", ifname, RUNNING_MS)),
    );
    if (running !== undefined) settleAddresses(ifname);
  }
  addRoutes(ifname, wanted, ips);
}

/** The kernel announces each address by itself when the link comes up, or when it has found no duplicate. */
function announceWhenUp(ifname: string, ips: readonly ResultIp[]): void {
  for (const [family, key] of [[4, "net/ipv4/conf/*/arp_notify"], [6, "net/ipv6/conf/*/ndisc_notify"]] as const) {
    if (!ips.some((ip) => familyOf(ip.address) === family)) continue;
    attempt(`let the kernel announce the IPv${family} addresses of ${ifname}`, () => {
      sysctl.set("container", key.replace("*", ifname), "1");
    });
  }
}

/** The container's link, as the only interface of a result. */
export function resultInterface(link: links.Link): ResultInterface {
  return { name: link.name, mac: link.mac, mtu: link.mtu, sandbox: { tag: "container" } };
}

/**
 * CHECK: the link, what it has of its parent, addresses and routes.
 *
 * @param parent where the configuration names it
 * @returns sentences, one a difference
 */
export function childDifferences(
  at: Attachment,
  result: CniResult,
  child: links.Child,
  parent: { readonly ns: Ns; readonly name: string | undefined },
): string[] {
  const index = result.interfaces.findIndex((it) => it.name === at.ifname && it.sandbox.tag === "container");
  const entry = result.interfaces[index];
  if (entry === undefined) return [`prevResult has no interface ${at.ifname} in the container`];
  const link = findLink("container", at.ifname);
  const found = linkDifferences(entry, link, child.tag);
  if (parent.name !== undefined && findLink(parent.ns, parent.name) === undefined) {
    found.push(`its master ${parent.name} does not exist`);
  }
  if (link === undefined) return found;
  if (link.kind === child.tag) found.push(...ownDifferences(at.ifname, child));
  const ips = addressesOf(result, index);
  found.push(...addressDifferences("container", at.ifname, ips));
  found.push(...routeDifferences(at.ifname, result.routes, ips));
  return found;
}

function ownDifferences(ifname: string, wanted: links.Child): string[] {
  const present = attempt(`read the ${wanted.tag} ${ifname}`, () => links.getChild("container", ifname));
  if (present.val === wanted.val) return [];
  const what = wanted.tag === "vlan" ? "VLAN" : "mode";
  return [`interface ${ifname} has ${what} ${present.val}, not ${wanted.val}`];
}
