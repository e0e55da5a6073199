// Links against what was made of them, and making it again. A link that pods hang on can be given its attributes again,
// and a bridge can be made again; the ends of a veth pair cannot, as nothing knows what a pod has done with its own.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change, LinkAttributes } from "../change.ts";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { at, type Parts, Reading } from "../reading.ts";
import { parseMac } from "../sys/mac_address.ts";
import { createBridge, vlanFilteringMessage } from "./bridge.ts";
import { redoIfb } from "./ifb.ts";
import type { LinkDescription } from "./link_message.ts";
import { findLink, linkOfIndex, listLinks, needLink } from "./look_up.ts";
import { move, refuseFatal } from "./move.ts";
import type { Moved } from "./move_back.ts";
import { setLink } from "./set.ts";
import { redoVlans, vlanDifferences } from "./vlan_drift.ts";

type LinkChange = Extract<
  Change,
  { kind: "link-created" | "link-moved" | "link-changed" | "link-deleted" | "vlans-added" | "vlans-removed" }
>;
type Created = Extract<Change, { kind: "link-created" }>;

/** Clauses for a person, one for each difference: `MTU of eth0 (container) is 900, not 1500`. */
export function linkDifferences(now: Reading, change: LinkChange): string[] {
  switch (change.kind) {
    case "link-created":
      return createdDifferences(now, change);
    case "link-moved":
      return linkNow(now, "container", change.containerName) === undefined
        ? [gone("container", change.containerName)]
        : [];
    case "link-changed": {
      const { ns, name, after = {} } = change;
      const link = linkNow(now, ns, name);
      if (link === undefined) return [gone(ns, name)];
      return differing(now, ns, link, after).map((key) => clause(now, ns, link, key, after[key]!));
    }
    case "link-deleted":
      return [];
    case "vlans-added":
    case "vlans-removed":
      return vlanDifferences(now, linkNow(now, "host", change.name), change);
  }
}

/** @throws {HostCallError} where it cannot be made again */
export function redoLinkChange(context: HostContext, change: LinkChange): void {
  switch (change.kind) {
    case "link-created":
      return redoCreated(context, change);
    case "link-moved":
      return redoMoved(context, change);
    case "link-changed": {
      const { ns, name, after = {} } = change;
      const link = needLink(context, ns, name, "change");
      const { vlanFiltering, ...wanted } = Object.fromEntries(
        differing(new Reading(context), ns, link, after).map((key) => [key, after[key]]),
      ) as LinkAttributes;
      setLink(context, ns, name, wanted);
      if (vlanFiltering) context.netlink(ns).request(vlanFilteringMessage(link.index, true));
      return;
    }
    case "link-deleted":
      return;
    case "vlans-added":
    case "vlans-removed":
      return redoVlans(context, change);
  }
}

/** The link of that name; undefined if there is none. */
export function linkNow(now: Reading, ns: Ns, name: string): LinkDescription | undefined {
  if (ns === "host" && now.host !== undefined) return hostLinks(now, now.host).byName.get(name);
  return now.once(`link ${ns} ${name}`, () => findLink(now.context.netlink(ns), ns, name));
}

/** The name of the link of that index; empty if there is none. */
function nameNow(now: Reading, ns: Ns, index: number): string {
  if (ns === "host" && now.host !== undefined) return hostLinks(now, now.host).byIndex.get(index)?.name ?? "";
  return now.once(`link ${ns} number ${index}`, () => linkOfIndex(now.context.netlink(ns), ns, index))?.name ?? "";
}

function hostLinks({ context }: Reading, host: Parts) {
  return host.once("links", () => {
    const all = listLinks(context.netlink("host"), "host");
    return {
      byName: new Map(all.map((link) => [link.name, link])),
      byIndex: new Map(all.map((link) => [link.index, link])),
    };
  });
}

function createdDifferences(now: Reading, { ns, name, linkKind, peer }: Created): string[] {
  const link = linkNow(now, ns, name);
  if (link === undefined) return [gone(ns, name), ...peer === undefined ? [] : [gone(peer.ns, peer.name)]];
  if (link.kind !== linkKind) return [`${at(ns, name)} is a ${link.kind || "physical device"}, not a ${linkKind}`];
  if (peer === undefined) return [];
  const end = linkNow(now, peer.ns, peer.name);
  if (end === undefined) return [gone(peer.ns, peer.name)];
  return end.index === link.peerIndex ? [] : [`${at(peer.ns, peer.name)} is not the other end of ${at(ns, name)}`];
}

function gone(ns: Ns, name: string): string {
  return `link ${at(ns, name)} is gone`;
}

/**
 * The attributes that the link has not. Of a bridge, which others change as well, only what was turned on counts: its
 * MTU and MAC are nobody's own.
 */
function differing(now: Reading, ns: Ns, link: LinkDescription, after: LinkAttributes): (keyof LinkAttributes)[] {
  const keys = Object.keys(after) as (keyof LinkAttributes)[];
  return keys.filter((key) => {
    if (link.kind === "bridge" && after[key] !== true) return false;
    // Leaving a bridge is not what a pod relies on.
    if (after[key] === "") return false;
    return valueNow(now, ns, link, key) !== after[key];
  });
}

function valueNow(now: Reading, ns: Ns, link: LinkDescription, key: keyof LinkAttributes) {
  if (key === "master") {
    return link.masterIndex === undefined ? "" : nameNow(now, ns, link.masterIndex);
  }
  if (key === "hairpin" || key === "isolated") return link.port?.[key] ?? false;
  if (key === "vlanFiltering") return link.vlanFiltering ?? false;
  return link[key];
}

const NOUNS = {
  mtu: "MTU",
  mac: "MAC address",
  promisc: "promiscuous mode",
  allmulti: "all-multicast mode",
  queueLength: "transmit queue length",
  hairpin: "hairpin mode",
  isolated: "isolation",
  vlanFiltering: "VLAN filtering",
};

function clause(now: Reading, ns: Ns, link: LinkDescription, key: keyof LinkAttributes, wanted: unknown): string {
  const present = valueNow(now, ns, link, key);
  const name = at(ns, link.name);
  if (key === "up") return `${name} is ${present ? "up" : "down"}`;
  if (key === "master") return `${name} is a port of ${present || "no bridge"}, not of ${wanted}`;
  return `${NOUNS[key]} of ${name} is ${word(present)}, not ${word(wanted)}`;
}

function word(value: unknown): string {
  return value === true ? "on" : value === false ? "off" : String(value);
}

function redoMoved(context: HostContext, change: Moved): void {
  const { name, containerName, linkKind } = change;
  if (findLink(context.netlink("container"), "container", containerName) !== undefined) return;
  const link = findLink(context.netlink("host"), "host", name);
  if (link?.kind === linkKind) {
    // Whoever took it back may have given the node a use for it since.
    refuseFatal(context, link);
    return void move(context, { ...change, index: link.index });
  }
  throw new HostCallError(
    "unsupported",
    `Cannot move ${at("host", name)} to ${at("container", containerName)} again as it is not on the host: delete the ` +
      "pod, so that its device comes back",
  );
}

function redoCreated(context: HostContext, change: Created): void {
  const { ns, name, linkKind, mac, mtu, vlanFiltering = false, defaultVlan = true } = change;
  if (linkKind === "bridge" && findLink(context.netlink(ns), ns, name) === undefined) {
    const options = { vlanFiltering, defaultVlan, ...mtu === undefined ? {} : { mtu } };
    return void createBridge(context, name, options, mac === undefined ? undefined : parseMac(mac));
  }
  if (linkKind === "ifb" && mtu !== undefined) redoIfb(context, name, mtu);
  if (linkDifferences(new Reading(context), change).length === 0) return;
  if (["veth", "macvlan", "ipvlan", "vlan"].includes(linkKind)) {
    throw new HostCallError(
      "unsupported",
      `Cannot make the ${linkKind} ${
        at(ns, name)
      } again as the pod's own end is lost with all that was on it: delete ` +
        "the pod, so that it is made anew",
    );
  }
  throw new HostCallError(
    "unsupported",
    `Cannot make the ${linkKind} ${at(ns, name)} again: another link has its name, or the plugin alone can make it, ` +
      "which the next ADD does",
  );
}
