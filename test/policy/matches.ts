// What a policy's selectors, networks and ports match, read as the API's documentation has them: one at a time, with no
// index and no short cut. Shares nothing with what it is there to judge.

import { parseIp } from "ip-bigint";
import type { ClusterProtocol, Labels, LabelSelector, NetworkPolicyPort, Pod, Protocol } from "./objects.ts";

/** Empty selects everything; else all terms have to hold. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const has = Object.hasOwn(labels, key);
    const isOne = has && (values ?? []).includes(labels[key]!);
    if (operator === "In" && !isOne) return false;
    if (operator === "NotIn" && isOne) return false;
    if (operator === "Exists" && !has) return false;
    if (operator === "DoesNotExist" && has) return false;
  }
  return true;
}

/** Whether an address lies in a network; never where the families differ. */
export function isIn(address: string, cidr: string): boolean {
  const [network, length] = cidr.split("/");
  const [one, other] = [parseIp(address), parseIp(network!)];
  if (one.version !== other.version) return false;
  const rest = BigInt((one.version === 4 ? 32 : 128) - Number(length));
  return one.number >> rest === other.number >> rest;
}

export function isInBlock(address: string, block: { cidr: string; except?: readonly string[] }): boolean {
  return isIn(address, block.cidr) && !(block.except ?? []).some((cidr) => isIn(address, cidr));
}

/** What a packet goes to: `pod` where that is one, whose containers give ports their names. */
export interface Destination {
  readonly pod: Pod | undefined;
  readonly protocol: Protocol;
  readonly port: number;
}

/** Of a NetworkPolicy's rule. */
export function isPort({ protocol = "TCP", port, endPort }: NetworkPolicyPort, to: Destination): boolean {
  if (protocol !== to.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === "string") return isNamed(port, to);
  return to.port >= port && to.port <= (endPort ?? port);
}

/** Of a ClusterNetworkPolicy's rule. */
export function isProtocol({ tcp, udp, sctp, destinationNamedPort }: ClusterProtocol, to: Destination): boolean {
  if (destinationNamedPort !== undefined) return isNamed(destinationNamedPort, to);
  const given = { TCP: tcp, UDP: udp, SCTP: sctp }[to.protocol];
  if (given === undefined) return false;
  const { destinationPort: port } = given;
  if (port === undefined) return true;
  return "number" in port ? to.port === port.number : to.port >= port.range.start && to.port <= port.range.end;
}

function isNamed(name: string, { pod, protocol, port }: Destination): boolean {
  return pod?.spec.containers.some(({ ports }) =>
    ports.some((it) => it.name === name && it.containerPort === port && (it.protocol ?? "TCP") === protocol)
  ) ?? false;
}
