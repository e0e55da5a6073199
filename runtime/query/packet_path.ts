// The way of a packet between a pod of this node and another end, told from what the node knows of both.

import { formatAddress, type IpAddress, parseAddress, parseNetwork } from "../../host-funcs/ip_number.ts";
import type { FamilyStatus } from "../cluster/status.ts";
import type { PeerStatus } from "../cluster/peers.ts";
import type { AttachmentRow } from "./attachment_rows.ts";

/** What is known. */
export interface Surroundings {
  /** This node's name. */
  readonly node: string;
  readonly attachments: readonly AttachmentRow[];
  /** Of the overlay; empty without one. */
  readonly families: readonly FamilyStatus[];
  readonly peers: readonly PeerStatus[];
}

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

type End =
  | { readonly kind: "pod"; readonly row: AttachmentRow; readonly address: string }
  | { readonly kind: "node"; readonly address: string }
  | { readonly kind: "peer"; readonly address: string; readonly peer: PeerStatus; readonly isPod: boolean }
  | { readonly kind: "outside"; readonly address: string };

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
  if (source.kind === "pod" && destination.kind === "pod" && isOneBridge(source.row, destination.row)) {
    return { ...path, hops: [...up, ...down.slice(1)] };
  }
  const leavesFrom = source.kind === "pod" && destination.kind === "outside" ? source.row : undefined;
  return { ...path, leavesFrom, hops: [...up, nodeHop(source, destination, around), ...down] };
}

/** What `text` may be: a pod with several addresses is each of them. */
function endsOf(text: string, around: Surroundings): End[] {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return [endOfAddress(parsed, around)];
  const rows = around.attachments.filter((row) =>
    row.podName === ""
      ? text.length >= 12 && row.containerId.startsWith(text)
      : `${row.podNamespace}/${row.podName}` === text
  );
  const ends = rows.flatMap((row) =>
    row.addresses.map((it): End => ({ kind: "pod", row, address: it.replace(/\/.*/, "") }))
  );
  if (ends.length > 0) return ends;
  if (rows.length > 0) throw new RangeError(`${text} has no address: nothing is sent to it by IP`);
  throw new RangeError(
    `No pod of this node is called ${text}, and it is no address: write NAMESPACE/POD as the attachments list it, or an ` +
      `address; pods of other nodes are known here by their addresses alone`,
  );
}

function endOfAddress(parsed: IpAddress, { attachments, families, peers }: Surroundings): End {
  const address = formatAddress(parsed.family, parsed.number);
  const row = attachments.find(({ addresses }) => addresses.some((it) => it.replace(/\/.*/, "") === address));
  if (row !== undefined) return { kind: "pod", row, address };
  if (families.some(({ publicIp }) => publicIp === address)) return { kind: "node", address };
  const peer = peers.find(({ publicIp }) => publicIp === address);
  if (peer !== undefined) return { kind: "peer", address, peer, isPod: false };
  const owner = peers.find(({ subnet }) => {
    const network = parseNetwork(subnet);
    return network?.family === parsed.family && network.first <= parsed.number && parsed.number <= network.last;
  });
  if (owner !== undefined) return { kind: "peer", address, peer: owner, isPod: true };
  return { kind: "outside", address };
}

/** Two of the same family; rather of one bridge, so that a pod with several interfaces uses the near one. */
function bestPair(sources: readonly End[], destinations: readonly End[]): [End, End] | undefined {
  const family = ({ address }: End) => address.includes(":") ? 6 : 4;
  const pairs = sources.flatMap((source) =>
    destinations.filter((it) => family(it) === family(source)).map((it): [End, End] => [source, it])
  );
  return pairs.find(([one, other]) => one.kind === "pod" && other.kind === "pod" && isOneBridge(one.row, other.row)) ??
    pairs[0];
}

function noFamily(from: string, to: string): never {
  throw new RangeError(`${from} and ${to} have no address of the same family: one has IPv4 alone, the other IPv6`);
}

function isSame(one: End, other: End): boolean {
  return one.kind === "pod" && other.kind === "pod" && one.row.containerId === other.row.containerId;
}

function isOneBridge(one: AttachmentRow, other: AttachmentRow): boolean {
  return one.bridge !== "" && one.bridge === other.bridge;
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
      `Of pods of other nodes this node knows the addresses alone: whether ${name} has a pod ${end.address}, it can tell.`,
    ]
    : [];
  if (state !== "connected") notes.push(`${name} is ${state}, so that this way may not work${why ? `: ${why}` : ""}`);
  return notes;
}
