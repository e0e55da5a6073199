// The way of a packet between a pod of this node and another end, told from what the node knows of both.

import type { AttachmentRow } from "./attachment_rows.ts";
import { type End, endsOf, isSwitched, type Surroundings } from "./packet_ends.ts";

export type { Surroundings } from "./packet_ends.ts";

export interface Hop {
  readonly kind: "pod" | "veth" | "bridge" | "node" | "vxlan" | "underlay" | "peer" | "address";
  readonly name: string;
  /** What it is there, or does: a phrase. */
  readonly detail: string;
}

export interface PacketPath {
  /** Addresses, without prefix length. */
  readonly source: string;
  readonly destination: string;
  readonly hops: readonly Hop[];
  /** Sentences: what may not be as it seems. */
  readonly notes: readonly string[];
  /** The attachment that it leaves the node from; undefined where it does not leave, or comes in. */
  readonly leavesFrom: AttachmentRow | undefined;
}

/**
 * Finds the hops of a packet, both ends among them.
 *
 * @param from `namespace/name` of a pod of this node, the beginning of a container's id, or an address
 * @throws {RangeError} a sentence, where an end is not known, neither is on this node, or they have no family in common
 */
export function packetPath(from: string, to: string, around: Surroundings): PacketPath {
  const [sources, destinations] = [endsOf(from, around), endsOf(to, around)];
  const [source, destination] = bestPair(sources, destinations) ?? noFamily(from, to);
  if (source.kind !== "pod" && destination.kind !== "pod") {
    throw new RangeError(`Neither ${from} nor ${to} is a pod of this node: its path is known to the nodes of the pods`);
  }
  const notes = [...new Set([source, destination].flatMap(notesOf))];
  const path = { source: source.address, destination: destination.address, notes, leavesFrom: undefined };
  if (isSame(source, destination)) {
    return {
      ...path,
      hops: halfOf(source, around).slice(0, 1),
      notes: [...notes, "A pod reaches itself by its loopback interface: the packet does not leave it."],
    };
  }
  const [up, down] = [halfOf(source, around), halfOf(destination, around).reverse()];
  if (isSwitched(source, destination)) {
    return { ...path, hops: [...up, ...down.slice(1)] };
  }
  const leavesFrom = source.kind === "pod" && destination.kind === "outside" ? source.row : undefined;
  return { ...path, leavesFrom, hops: [...up, nodeHop(source, destination, around), ...down] };
}

/** Two of the same family; rather of one bridge, so that a pod with several interfaces uses the near one. */
function bestPair(sources: readonly End[], destinations: readonly End[]): [End, End] | undefined {
  const family = ({ address }: End) => address.includes(":") ? 6 : 4;
  const pairs = sources.flatMap((source) =>
    destinations.filter((it) => family(it) === family(source)).map((it): [End, End] => [source, it])
  );
  return pairs.find(([one, other]) => isSwitched(one, other)) ?? pairs[0];
}

function noFamily(from: string, to: string): never {
  throw new RangeError(`${from} and ${to} have no address of the same family: one has IPv4 alone, the other IPv6`);
}

function isSame(one: End, other: End): boolean {
  return one.kind === "pod" && other.kind === "pod" && one.row.containerId === other.row.containerId;
}

/** From an end to this node, without the node. */
function halfOf(end: End, { families }: Surroundings): Hop[] {
  if (end.kind === "node") return [];
  if (end.kind === "outside") return [{ kind: "address", name: end.address, detail: "outside of the cluster's pods" }];
  if (end.kind === "pod") return podHops(end.row, end.address);
  const own = families.find(({ family }) => family === end.peer.family);
  const { name, publicIp, subnet } = end.peer;
  const peer: Hop = { kind: "peer", name, detail: `${publicIp}, has ${subnet}` };
  const underlay: Hop[] = own === undefined
    ? []
    : [{ kind: "underlay", name: own.underlay, detail: `${own.publicIp} and ${publicIp} reach each other by it` }];
  if (!end.isPod) return [peer, ...underlay];
  const device: Hop[] = own?.device === undefined
    ? []
    : [{ kind: "vxlan", name: own.device, detail: `VXLAN: packs it into UDP between ${own.publicIp} and ${publicIp}` }];
  return [{ kind: "address", name: end.address, detail: `a pod of ${name}` }, peer, ...underlay, ...device];
}

function podHops(
  { podNamespace, podName, containerId, ifname, hostInterface, bridge }: AttachmentRow,
  address: string,
) {
  const name = podName === "" ? containerId.slice(0, 12) : `${podNamespace}/${podName}`;
  const hops: Hop[] = [{ kind: "pod", name, detail: `${ifname}, ${address}` }];
  if (hostInterface !== "") {
    hops.push({ kind: "veth", name: hostInterface, detail: "the other end of the pod's interface, on the node" });
  }
  if (bridge !== "") hops.push({ kind: "bridge", name: bridge, detail: "a switch on the node" });
  return hops;
}

function nodeHop(source: End, destination: End, { node, families }: Surroundings): Hop {
  const hop = (detail: string): Hop => ({ kind: "node", name: node, detail });
  if (source.kind === "node" || destination.kind === "node") return hop("this node itself");
  if (destination.kind === "outside") return hop("routes it by its own routes, mostly the default route");
  if (source.kind === "outside") return hop("routes it to the pod");
  const remote = [source, destination].find((it) => it.kind === "peer");
  if (remote?.kind !== "peer") return hop("routes it between the two");
  const own = families.find(({ family }) => family === remote.peer.family);
  if (!remote.isPod) return hop("routes it by its own routes");
  return hop(
    own?.device === undefined
      ? `routes ${remote.peer.subnet} by ${remote.peer.publicIp} (host-gw)`
      : `routes ${remote.peer.subnet} by ${own.device}`,
  );
}

function notesOf(end: End): string[] {
  if (end.kind !== "peer") return [];
  const { name, state, why } = end.peer;
  const notes = end.isPod
    ? [
      `Of pods of other nodes this node knows the addresses alone: only ${name} can tell whether it has ${end.address}.`,
    ]
    : [];
  if (state !== "connected") notes.push(`${name} is ${state}, so that this way may not work${why ? `: ${why}` : ""}`);
  return notes;
}
