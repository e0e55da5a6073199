// What a planned host call would do, in a sentence.

import type { Change } from "../../../host-funcs/change.ts";
import { ruleText } from "../../../host-funcs/rules/text.ts";
import { rateText } from "../../../host-funcs/traffic-control/token_bucket.ts";
import type { PlannedCallEntry } from "./recorder.ts";

// deno-lint-ignore no-explicit-any
type Args = readonly any[];
type Sentence = (args: Args, changes: readonly Change[]) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  "links.ensureBridge": ([name, { mtu, vlanFiltering }], changes) =>
    made(changes, name)
      ? list(`make bridge ${name} on the host, up`, option("MTU", mtu), vlanFiltering && "it filters VLANs")
      : list(`bridge ${name} on the host, up`, vlanFiltering && "it filters VLANs"),
  "links.createVeth": ([{ peerNs, peerName, peerMac, name, mtu, master }], changes) =>
    list(
      `make veth pair ${place(peerNs, peerName)} and ${place("host", name ?? madeName(changes))}`,
      option("a port of", master),
      option("MTU", mtu),
      option(`MAC of ${peerName}`, peerMac),
    ),
  "links.moveToContainer": ([{ val }, name], changes) =>
    `move ${place("host", moved(changes) ?? `the device ${val}`)} to ${place("container", name)}`,
  "links.createMacvlan": ([options]) => child("macvlan", { parentNs: "host", ...options }),
  "links.createMacvlanOn": ([parentNs, options, queue]) =>
    list(child("macvlan", { parentNs, ...options }), option("broadcast queue", queue)),
  "links.createIpvlan": ([options]) => child("ipvlan", options),
  "links.createVlan": ([options]) => child("VLAN device", options),
  "links.ensureVxlan": ([name, { vni, port, local, parent, mtu }], changes) =>
    list(
      `${made(changes, name) ? "make " : ""}VXLAN device ${name} on the host, up`,
      `VNI ${vni}`,
      `port ${port} of ${local}`,
      option("over", parent),
      option("MTU", mtu),
    ),
  "links.set": ([ns, name, { up, master, ...others }]) =>
    `set ${place(ns, name)}: ${
      list(
        up === undefined ? "" : up ? "up" : "down",
        master === undefined ? "" : master === "" ? "no port of a bridge" : `a port of ${master}`,
        ...Object.entries(others).map(([key, value]) => option(key, value)),
      )
    }`,
  "links.tune": ([ns, name, { allmulti, queueLength }]) =>
    `set ${place(ns, name)}: ${list(option("allmulti", allmulti), option("transmit queue length", queueLength))}`,
  "links.addVlans": ([name, vlans]) => `add ${vlanList(vlans)} to ${place("host", name)}`,
  "links.removeVlans": ([name, vlans]) => `remove ${vlanList(vlans)} from ${place("host", name)}`,
  "links.delete": ([ns, name]) => `delete ${place(ns, name)}`,
  "addresses.add": ([ns, link, { cidr, dad }], changes) =>
    list(
      `add address ${cidr} to ${place(ns, link)}`,
      dad && "with duplicate address detection",
      isolates(changes) && "isolated until its network policies are in force",
    ),
  "addresses.remove": ([ns, link, cidr]) => `remove address ${cidr} from ${place(ns, link)}`,
  "routes.add": ([ns, route]) => `add route ${routeText(route)} ${where(ns)}`,
  "routes.remove": ([ns, route]) => `remove route ${routeText(route)} ${where(ns)}`,
  "rules.add": ([ns, rule]) => `add rule ${ruleText(rule)} ${where(ns)}`,
  "rules.remove": ([ns, rule]) => `remove rule ${ruleText(rule)} ${where(ns)}`,
  "neighbors.set": ([ns, { address, mac, link }]) => `set neighbour ${address} to ${mac} on ${place(ns, link)}`,
  "neighbors.remove": ([ns, link, address]) => `remove neighbour ${address} from ${place(ns, link)}`,
  "neighbors.fdbSet": ([entry]) => `set forwarding entry ${entryText(entry)}`,
  "neighbors.fdbRemove": ([entry]) => `remove forwarding entry ${entryText(entry)}`,
  "neighbors.announce": ([ns, link, address]) => `announce ${address} on ${place(ns, link)}`,
  "sysctl.set": ([ns, key, value]) => `set kernel parameter ${key} to ${value} ${where(ns)}`,
  "sysctl.setAll": ([ns, parameters]) =>
    `set kernel parameters ${where(ns)}: ${
      parameters.map(({ key, value }: { key: string; value: string }) => `${key} to ${value}`).join(", ")
    }`,
  "firewall.addMasquerade": ([{ source, local }]) => `masquerade ${source}, but not to ${local.join(", ")}`,
  "firewall.addMacCheck": ([link, mac]) => `let frames in by ${place("host", link)} only with MAC ${mac}`,
  "firewall.release": () => "remove the attachment's firewall elements",
  "port-maps.add": ([maps, hairpin]) =>
    list(`map ${portText(maps)}`, hairpin && `masquerading what comes from ${hairpin.networks.join(", ")}`),
  "port-maps.release": () => "end the attachment's port maps",
  "forwarding.admit": ([{ address, adminChain }]) =>
    `let what is forwarded to and from ${address} pass the nftables chain admin${adminChain ? `-${adminChain}` : ""}`,
  "forwarding.confine": ([{ link, ingress }]) =>
    `forward nothing to ${place("host", link)} from other such links${
      ingress === "isolated" ? ", nor from itself" : ""
    }`,
  "forwarding.isolatePort": ([port]) => `have the bridge forward nothing from or to ${place("host", port)}`,
  "forwarding.release": () => "end what was said about forwarding for the attachment",
  "traffic-control.limit": ([link, { toContainer, fromContainer }]) =>
    `limit ${place("container", link)}: ${
      list(
        toContainer && `${rate(toContainer)} to it`,
        fromContainer && `${rate(fromContainer)} from it`,
      )
    }`,
  "leases.acquire": ([{ ranges }, requested], changes) =>
    `lease ${leased(changes) ?? requested ?? "an address"} of ${
      ranges.map((range: { subnet: string }) => range.subnet).join(", ")
    }`,
  "leases.release": (_args, changes) => `release ${released(changes).join(", ") || "the attachment's leases"}`,
  "leases.retain": () => "release the leases of attachments that are gone",
  "notes.put": ([key]) => `keep a note: ${key}`,
};

/** The functions of the contract that change something. */
export const MUTATIONS: ReadonlySet<string> = new Set(Object.keys(SENTENCES));

/** One line. */
export function describeCall({ function: name, args, changes, error }: PlannedCallEntry): string {
  const sentence = SENTENCES[name]!(args, changes);
  if (error !== undefined) return `${sentence} - refused: ${error}`;
  return changes.length === 0 && !ALWAYS_DOES.has(name) ? `${sentence} - it is so already` : sentence;
}

/** Does something each time, also where it writes down no change. */
const ALWAYS_DOES: ReadonlySet<string> = new Set(["neighbors.announce"]);

/** `eth0 in the container` */
export function place(ns: string, name: string): string {
  return `${name} ${where(ns)}`;
}

function where(ns: string): string {
  return ns === "container" ? "in the container" : "on the host";
}

/** `0.0.0.0/0 via 10.1.0.1 by eth0` */
// deno-lint-ignore no-explicit-any
export function routeText({ dst, gateway, link, source, priority, mtu, advmss, table, scope }: any): string {
  const parts = [
    dst,
    option("via", gateway),
    option("by", link),
    option("source", source),
    option("priority", priority),
    option("MTU", mtu),
    option("advmss", advmss),
    option("table", table),
    option("scope", scope),
  ];
  return parts.filter((it) => it !== "").join(" ");
}

// deno-lint-ignore no-explicit-any
function entryText({ mac, link, dst }: any): string {
  return `${mac}${dst === undefined ? "" : ` at ${dst}`} of ${place("host", link)}`;
}

/** `tcp 8080 to 10.1.0.5 port 80, udp 53 of 192.0.2.1 to 10.1.0.5 port 53` */
// deno-lint-ignore no-explicit-any
export function portText(maps: readonly any[]): string {
  return maps.map(({ protocol, hostAddress, hostPort, address, containerPort }) =>
    `${protocol} ${hostPort}${
      hostAddress === undefined ? "" : ` of ${hostAddress}`
    } to ${address} port ${containerPort}`
  ).join(", ");
}

// deno-lint-ignore no-explicit-any
function child(what: string, { parentNs, parent, name, mode, id, mtu, mac }: any): string {
  return list(
    `make ${what} ${place("container", name)} on ${parentNs === "host" ? parent : place(parentNs, parent)}`,
    option("mode", mode),
    option("VLAN", id),
    option("MTU", mtu),
    option("MAC", mac),
  );
}

function vlanList(vlans: readonly { first: number; last: number; pvid: boolean; untagged: boolean }[]): string {
  return vlans.map(({ first, last, pvid, untagged }) =>
    `VLAN ${first}${last === first ? "" : `-${last}`}${pvid ? " (PVID)" : ""}${untagged ? " (untagged)" : ""}`
  ).join(", ");
}

/** @param bandwidth.rate bits a second */
function rate(bandwidth: { rate: number }): string {
  return rateText(bandwidth.rate / 8);
}

function isolates(changes: readonly Change[]): boolean {
  return changes.some((it) => it.kind === "isolation-added" && it.closed);
}

function made(changes: readonly Change[], name: string): boolean {
  return changes.some((it) => it.kind === "link-created" && it.name === name);
}

function moved(changes: readonly Change[]): string | undefined {
  return changes.find((it) => it.kind === "link-moved")?.name;
}

function madeName(changes: readonly Change[]): string {
  return changes.filter((it) => it.kind === "link-created").find((it) => it.ns === "host")?.name ?? "a veth";
}

function leased(changes: readonly Change[]): string | undefined {
  return changes.find((it) => it.kind === "lease-acquired")?.address;
}

function released(changes: readonly Change[]): readonly string[] {
  return changes.find((it) => it.kind === "lease-released")?.addresses ?? [];
}

function option(label: string, value: unknown): string {
  return value === undefined ? "" : `${label} ${value}`;
}

function list(...parts: (string | false | undefined)[]): string {
  return parts.filter((it) => it).join(", ");
}
