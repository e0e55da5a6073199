// Where the lab's pods are: two nodes, one with a bridge and one that routes to each pod, and a host outside. The spare
// places stand empty until a case makes a pod there.

import type { Cluster, ContainerPort, Labels, Namespace, Node, Pod } from "./objects.ts";
import type { Party } from "./oracle.ts";

export interface Place {
  /** `x/a`, or `spare-1` */
  readonly name: string;
  readonly node: "one" | "two";
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface Host {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export const PORTS = [80, 81] as const;

function place(name: string, node: Place["node"], number: number): Place {
  const subnet = node === "one" ? 1 : 2;
  return { name, node, ipv4: `10.${subnet}.0.${number}`, ipv6: `fd00:${subnet}::${number.toString(16)}` };
}

/** Numbers are such that networks of /30 and /31 have one pod, several, or pods of several namespaces in them. */
export const PLACES: readonly Place[] = [
  place("x/a", "one", 16),
  place("x/b", "one", 17),
  place("x/c", "two", 16),
  place("y/a", "one", 18),
  place("y/b", "two", 17),
  place("y/c", "one", 24),
  place("z/a", "two", 24),
  place("z/b", "one", 25),
  place("z/c", "two", 25),
];

export const SPARE: readonly Place[] = [
  place("spare-1", "one", 40),
  place("spare-2", "two", 40),
  place("spare-3", "one", 41),
];

export const NODES: Readonly<Record<Place["node"], Host>> = {
  one: { name: "one", ipv4: "192.0.2.1", ipv6: "2001:db8:1::1" },
  two: { name: "two", ipv4: "192.0.2.5", ipv6: "2001:db8:2::1" },
};

/** It routes between the nodes, and is nobody's pod. */
export const OUTSIDE: Host = { name: "outside", ipv4: "198.51.100.9", ipv6: "2001:db8:ffff::9" };

/** `serve-80-tcp`, as in the end-to-end suite, and `web`: 80 in pods a and b, 81 in pods c. */
export function containerPorts(pod: string): ContainerPort[] {
  const served = PORTS.flatMap((containerPort) =>
    (["TCP", "UDP", "SCTP"] as const).map((protocol) => ({
      name: `serve-${containerPort}-${protocol.toLowerCase()}`,
      containerPort,
      protocol,
    }))
  );
  return [...served, { name: "web", containerPort: pod.startsWith("c") ? 81 : 80 }];
}

export function namespace(name: string, labels: Labels = { ns: name }): Namespace {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } },
  };
}

export function pod(name: string, place: Place, labels?: Labels, ports?: readonly ContainerPort[]): Pod {
  const [namespace, pod] = name.split("/") as [string, string];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name: pod, labels: labels ?? { pod } },
    spec: { nodeName: place.node, containers: [{ name: "serve", ports: ports ?? containerPorts(pod) }] },
    status: { phase: "Running", podIPs: [{ ip: place.ipv4 }, { ip: place.ipv6 }] },
  };
}

export function node({ name, ipv4, ipv6 }: Host, labels: Labels = { node: name }): Node {
  const addresses = [ipv4, ipv6].map((address) => ({ type: "InternalIP" as const, address }));
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, status: { addresses } };
}

/** Namespaces x, y, z with pods a, b, c, and no policy. */
export function plainCluster(): Cluster {
  return {
    namespaces: ["x", "y", "z"].map((name) => namespace(name)),
    pods: PLACES.map((it) => pod(it.name, it)),
    nodes: Object.values(NODES).map((it) => node(it)),
    policies: [],
  };
}

/** Who has an address at a moment. */
export function partyAt(address: string, { pods, nodes }: Cluster): Party {
  const pod = pods.find(({ status }) => status.podIPs.some(({ ip }) => ip === address));
  const node = nodes.find(({ status }) => status.addresses.some((it) => it.address === address));
  return { address, ...(pod && { pod }), ...(node && { node }) };
}
