// Neighbours and forwarding entries against what was set, and setting them again.

import type { FdbEntry, Neighbor } from "cnidaria:cni/neighbors@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { linkNow } from "../links/drift.ts";
import { at, type Reading } from "../reading.ts";
import { formatAddress, parseAddress } from "../sys/ip_address.ts";
import { listAllFdb, listFdb, toEntries } from "./fdb.ts";
import { createNeighbors } from "./mod.ts";
import { listAllNeighbors, listNeighbors } from "./neighbors.ts";

type NeighborChange = Extract<Change, { kind: "neighbor-set" | "neighbor-removed" | "fdb-set" | "fdb-removed" }>;
type NeighborSet = Extract<Change, { kind: "neighbor-set" }>;
type FdbSet = Extract<Change, { kind: "fdb-set" }>;

/** `neighbour 10.1.0.1 of eth0 (container) is gone`. An entry that the kernel may forget is not missed. */
export function neighborDifferences(now: Reading, change: NeighborChange): string[] {
  if (change.kind === "neighbor-set") return neighborSet(now, change);
  return change.kind === "fdb-set" ? fdbSet(now, change) : [];
}

/** @throws {HostCallError} where the link is gone */
export function redoNeighborChange(context: HostContext, change: NeighborChange): void {
  const neighbors = createNeighbors(context);
  if (change.kind === "neighbor-set" && change.mac !== undefined) {
    const { ns, link, address, mac, permanent = false } = change;
    return neighbors.set(ns, { link, address, mac, permanent });
  }
  if (change.kind !== "fdb-set") return;
  const { link, mac, dst } = change;
  neighbors.fdbSet({ link, mac, ...dst === undefined ? {} : { dst } });
}

function neighborSet(now: Reading, { ns, link, address, mac, permanent }: NeighborSet): string[] {
  if (mac === undefined || permanent !== true) return [];
  const canonical = formatAddress(parseAddress(address).bytes);
  const name = `neighbour ${canonical} of ${at(ns, link)}`;
  const present = neighborsNow(now, ns, link).find((entry) => entry.address === canonical);
  if (present === undefined) return [`${name} is gone`];
  if (present.mac !== mac) return [`${name} has MAC address ${present.mac}, not ${mac}`];
  return present.permanent ? [] : [`${name} is not permanent any more`];
}

function fdbSet(now: Reading, { link, mac, dst }: FdbSet): string[] {
  if (fdbNow(now, link).some((entry) => entry.mac === mac && entry.dst === dst)) return [];
  return [`forwarding entry of ${mac}${dst === undefined ? "" : ` to ${dst}`} on ${at("host", link)} is gone`];
}

function neighborsNow(now: Reading, ns: Ns, link: string): readonly Omit<Neighbor, "link">[] {
  const device = linkNow(now, ns, link);
  if (device === undefined) return [];
  if (ns === "host" && now.host !== undefined) {
    return now.host.once("neighbours", () => listAllNeighbors(now.context)).get(device.index) ?? [];
  }
  return now.once(`neighbours ${ns} ${link}`, () => listNeighbors(now.context, ns, link));
}

function fdbNow(now: Reading, link: string): readonly FdbEntry[] {
  const device = linkNow(now, "host", link);
  if (device === undefined) return [];
  return now.once(`fdb ${link}`, () => {
    if (now.host === undefined) return listFdb(now.context, link);
    return toEntries(device, now.host.once("fdb", () => listAllFdb(now.context)).get(device.index) ?? []);
  });
}
