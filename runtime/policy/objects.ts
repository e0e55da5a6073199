// Objects of the Kubernetes API, of the kinds that network policies are about, as events of the contract. What is not of
// its type counts as missing. Pure.

import type { Event, NamedPort, PodName, PolicyName } from "cnidaria:cni/policy@0.3.0";
import { formatAddress, parseAddress } from "../../host-funcs/ip_number.ts";
import type { Collection } from "../kubernetes/api_client.ts";

export const KINDS = ["Namespace", "Pod", "Node", "NetworkPolicy", "ClusterNetworkPolicy"] as const;
export type Kind = typeof KINDS[number];

/** Where the API has a kind, and whether a cluster may be without it. */
export const COLLECTIONS: Readonly<Record<Kind, Collection & { readonly optional: boolean }>> = {
  Namespace: { what: "the namespaces", path: "/api/v1/namespaces", optional: false },
  Pod: { what: "the pods", path: "/api/v1/pods", optional: false },
  Node: { what: "the nodes", path: "/api/v1/nodes", optional: false },
  NetworkPolicy: {
    what: "the network policies",
    path: "/apis/networking.k8s.io/v1/networkpolicies",
    optional: false,
  },
  ClusterNetworkPolicy: {
    what: "the cluster network policies",
    path: "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
    optional: true,
  },
};

/** A Pod, trimmed to what policies are about. */
export interface PodObject {
  readonly name: PodName;
  readonly labels: [string, string][];
  /** Of its status, as the kernel prints them; empty until the kubelet has told. */
  readonly addresses: readonly string[];
  readonly ports: NamedPort[];
  /** The node that it is bound to; empty before. */
  readonly node: string;
  /** Not part of its node's own network, and not finished. */
  readonly counts: boolean;
}

/** Reads a Pod; undefined for what is none. */
export function readPod(json: unknown): PodObject | undefined {
  const named = namedOf(json);
  if (named === undefined) return undefined;
  const spec = record(record(json).spec);
  const status = record(record(json).status);
  const containers = [
    ...list(spec.containers),
    ...list(spec.initContainers).filter((it) => it.restartPolicy === "Always"),
  ];
  const addresses = [...list(status.podIPs).map(({ ip }) => ip), status.podIP]
    .map((ip) => typeof ip === "string" ? parseAddress(ip) : undefined).filter((it) => it !== undefined)
    .map(({ family, number }) => formatAddress(family, number));
  return {
    name: { namespace: named.namespace, name: named.name },
    labels: named.labels,
    addresses: [...new Set(addresses)],
    ports: containers.flatMap((it) => list(it.ports)).flatMap(portOf),
    node: typeof spec.nodeName === "string" ? spec.nodeName : "",
    counts: spec.hostNetwork !== true && status.phase !== "Succeeded" && status.phase !== "Failed",
  };
}

/** What a Pod is to policies. @param more addresses that the node knows of before the API does */
export function podEvent(
  { name, labels, addresses, ports, node, counts }: PodObject,
  own: string,
  more: readonly string[] = [],
): Event {
  const all = [...new Set([...addresses, ...more])];
  if (!counts || all.length === 0) return { tag: "pod-gone", val: name };
  return { tag: "pod", val: { name, labels, addresses: all, ports, local: node === own } };
}

/** What an object of another kind is; undefined for what is none. */
export function eventOf(kind: Exclude<Kind, "Pod">, json: unknown): Event | undefined {
  const named = namedOf(json);
  if (named === undefined) return undefined;
  const { name, labels } = named;
  if (kind === "Namespace") return { tag: "namespace", val: { name, labels } };
  if (kind === "Node") {
    const addresses = list(record(record(json).status).addresses)
      .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
      .map(({ address }) => typeof address === "string" ? parseAddress(address) : undefined)
      .filter((it) => it !== undefined).map(({ family, number }) => formatAddress(family, number));
    return { tag: "node", val: { name, labels, addresses: [...new Set(addresses)] } };
  }
  const spec = JSON.stringify(record(json).spec ?? {});
  return { tag: "policy", val: { name: policyName(kind, named), spec } };
}

/** That an object is gone; undefined for what is none. */
export function goneEvent(kind: Kind, json: unknown): Event | undefined {
  const named = namedOf(json);
  if (named === undefined) return undefined;
  const { namespace, name } = named;
  if (kind === "Namespace") return { tag: "namespace-gone", val: name };
  if (kind === "Node") return { tag: "node-gone", val: name };
  if (kind === "Pod") return { tag: "pod-gone", val: { namespace, name } };
  return { tag: "policy-gone", val: policyName(kind, named) };
}

function policyName(kind: "NetworkPolicy" | "ClusterNetworkPolicy", { namespace, name }: PodName): PolicyName {
  return kind === "NetworkPolicy"
    ? { kind: "network-policy", namespace, name }
    : { kind: "cluster-network-policy", namespace: "", name };
}

function namedOf(json: unknown): (PodName & { readonly labels: [string, string][] }) | undefined {
  const { name, namespace, labels } = record(record(json).metadata);
  if (typeof name !== "string" || name === "") return undefined;
  const pairs = Object.entries(record(labels)).filter((it): it is [string, string] => typeof it[1] === "string");
  return {
    namespace: typeof namespace === "string" ? namespace : "",
    name,
    labels: pairs.sort(([a], [b]) => a < b ? -1 : 1),
  };
}

function portOf({ name, protocol, containerPort }: Record<string, unknown>): NamedPort[] {
  if (typeof name !== "string" || name === "" || typeof containerPort !== "number") return [];
  if (!Number.isInteger(containerPort) || containerPort < 1 || containerPort > 65535) return [];
  return [{ name, protocol: typeof protocol === "string" ? protocol : "TCP", port: containerPort }];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
