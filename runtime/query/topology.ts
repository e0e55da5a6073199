// How this node's pods hang together, and the way of a packet from one of them to another: from what the ledger and the
// overlay say, without looking at the kernel.

import {
  formatNetwork,
  type IpAddress,
  type IpNetwork,
  parseAddress,
  parseNetwork,
} from "../../host-funcs/ip_number.ts";
import type { ClusterStatus, FamilyStatus } from "../cluster/status.ts";
import type { AttachmentRow } from "./attachment_rows.ts";

/** Pods that hang at the same thing. `name`: of the bridge; empty: each has a link of its own that the node routes to. */
export interface Segment {
  readonly name: string;
  readonly pods: readonly AttachmentRow[];
}

export interface Hop {
  readonly kind: "pod" | "veth" | "bridge" | "node" | "tunnel" | "underlay" | "peer" | "network";
  readonly name: string;
  /** What is known of it: an address, a node, a device. */
  readonly detail: string;
}

export interface Way {
  /** From where the packet begins to where it ends. */
  readonly hops: readonly Hop[];
  /** What the way depends on that is not known here; sentences. */
  readonly notes: readonly string[];
}

/** The largest first, what has no bridge last. */
export function segmentsOf(attachments: readonly AttachmentRow[]): Segment[] {
  const groups = Map.groupBy(attachments.filter(({ hostInterface }) => hostInterface !== ""), ({ bridge }) => bridge);
  return [...groups].map(([name, pods]) => ({ name, pods }))
    .sort((a, b) => Number(a.name === "") - Number(b.name === "") || b.pods.length - a.pods.length);
}

interface End {
  readonly address: IpAddress;
  readonly text: string;
  readonly pod: AttachmentRow | undefined;
}

/**
 * The way of a packet.
 *
 * @param from `NAMESPACE/POD`, the beginning of a container's id, or an address, of this node's pods
 * @param to the same, or any address
 * @throws {RangeError} a sentence, where one is not known, or they have no family in common
 */
export function wayOf(
  from: string,
  to: string,
  attachments: readonly AttachmentRow[],
  cluster: ClusterStatus | undefined,
  node: string,
): Way {
  const [source, destination] = pairOf(endsOf(from, attachments), endsOf(to, attachments), from, to);
  if (source.pod === undefined) {
    throw new RangeError(`from must be a pod of this node: ${from} is none; ask the agent of its node`);
  }
  const begins = podHops(source);
  if (destination.pod !== undefined) return within(source.pod, destination, begins, node);
  return { ...beyond(destination, cluster, node, begins) };
}

function within(pod: AttachmentRow, destination: End, begins: readonly Hop[], node: string): Way {
  const other = destination.pod!;
  if (pod === other) return { hops: [begins[0]!], notes: ["A packet to the pod itself never leaves it."] };
  const ends = podHops(destination).toReversed();
  const isBridged = pod.bridge !== "" && pod.bridge === other.bridge;
  if (isBridged) return { hops: [...begins, ...ends.slice(1)], notes: [] };
  const routes: Hop = { kind: "node", name: node, detail: "routes" };
  return { hops: [...begins, routes, ...ends], notes: [] };
}

function beyond(destination: End, cluster: ClusterStatus | undefined, node: string, begins: readonly Hop[]): Way {
  const { address, text } = destination;
  const routes: Hop = { kind: "node", name: node, detail: "routes" };
  const peer = cluster?.peers.find(({ subnet }) => contains(subnet, address));
  const family = peer && cluster?.families.find((it) => it.family === peer.family);
  if (peer === undefined || family === undefined) {
    const notes = ["No node of the overlay has this address: the node's own routes decide where it goes."];
    return { hops: [...begins, routes, { kind: "network", name: "beyond", detail: text }], notes };
  }
  const notes = [`The pod that has ${text} is known to ${peer.name}: its agent says more.`];
  if (peer.state !== "connected") {
    notes.unshift(`${peer.name} is ${peer.state}: ${peer.why ?? "nothing more is known"}.`);
  }
  return {
    hops: [
      ...begins,
      routes,
      ...tunnelHops(family, peer.publicIp),
      {
        kind: "peer",
        name: peer.name,
        detail: `${peer.publicIp}, has ${peer.subnet}`,
      },
      { kind: "veth", name: "its veth", detail: `on ${peer.name}` },
      { kind: "pod", name: "pod", detail: text },
    ],
    notes,
  };
}

function tunnelHops({ device, underlay, publicIp }: FamilyStatus, peer: string): Hop[] {
  const link: Hop = { kind: "underlay", name: underlay, detail: `${publicIp} to ${peer}` };
  return device === undefined ? [link] : [{ kind: "tunnel", name: device, detail: "VXLAN" }, link];
}

/** Pod, veth, and its bridge where it has one. */
function podHops({ pod, text }: End): Hop[] {
  const { podNamespace, podName, containerId, ifname, hostInterface, bridge } = pod!;
  const name = podName === "" ? containerId.slice(0, 12) : `${podNamespace}/${podName}`;
  return [
    { kind: "pod", name, detail: `${ifname} ${text}` },
    { kind: "veth", name: hostInterface || "its link", detail: "on this node" },
    ...bridge === "" ? [] : [{ kind: "bridge", name: bridge, detail: "on this node" } as const],
  ];
}

/** With each address of its own. */
function endsOf(text: string, attachments: readonly AttachmentRow[]): End[] {
  const address = parseAddress(text);
  const pods = attachments.filter((row) =>
    address === undefined ? isNamed(row, text) : addressesOf(row).some((it) => isSame(it, address))
  );
  if (address !== undefined) return [{ address, text, pod: pods[0] }];
  return pods.flatMap((pod) =>
    pod.addresses.map((it) => it.replace(/\/.*/, "")).flatMap((text) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address, text, pod }];
    })
  );
}

function isNamed({ podNamespace, podName, containerId }: AttachmentRow, text: string): boolean {
  return text !== "" && (`${podNamespace}/${podName}` === text || (text.length >= 6 && containerId.startsWith(text)));
}

function pairOf(sources: readonly End[], destinations: readonly End[], from: string, to: string): [End, End] {
  if (sources.length === 0) throw unknown("from", from);
  if (destinations.length === 0) throw unknown("to", to);
  for (const source of sources) {
    const destination = destinations.find(({ address }) => address.family === source.address.family);
    if (destination !== undefined) return [source, destination];
  }
  throw new RangeError(`from and to must have addresses of one family: ${from} and ${to} have not`);
}

function unknown(which: string, text: string): RangeError {
  return new RangeError(
    `${which} must be NAMESPACE/POD or the container of an attachment on this node, or an address: ${
      JSON.stringify(text)
    } is none`,
  );
}

function addressesOf({ addresses }: AttachmentRow): IpAddress[] {
  return addresses.flatMap((it) => parseAddress(it.replace(/\/.*/, "")) ?? []);
}

function isSame(one: IpAddress, other: IpAddress): boolean {
  return one.family === other.family && one.number === other.number;
}

function contains(subnet: string, { family, number }: IpAddress): boolean {
  const network: IpNetwork | undefined = parseNetwork(subnet);
  return network !== undefined && network.family === family && network.first <= number && number <= network.last;
}

/** Of addresses with prefix lengths, each once. */
export function networksOf(attachments: readonly AttachmentRow[]): string[] {
  const networks = attachments.flatMap(({ addresses }) => addresses.flatMap((it) => parseNetwork(it) ?? []));
  return [...new Set(networks.map(formatNetwork))].sort();
}
