// NetworkPolicy of networking.k8s.io/v1 (pkg/apis/networking: v1/defaults.go, validation/validation.go).

import type { PolicyName } from "cnidaria:cni/policy@0.3.0";
import type { ParsedPolicy, ParsedRule, Peer } from "../parsed_policy.ts";
import { readExcept, readNetwork } from "./network.ts";
import type { Place } from "./place.ts";
import { readPort } from "./port.ts";
import { readSelector } from "./selector.ts";
import { given, isGiven, readBounded, readChoice, readList, readObject } from "./value.ts";

const SHAPE = {
  what: "a NetworkPolicy's spec",
  fields: ["podSelector", "policyTypes", "ingress", "egress"],
} as const;

/** Undefined where it has no more to say than what is refused. */
export function readNetworkPolicy(name: PolicyName, value: unknown, at: Place): ParsedPolicy | undefined {
  const spec = readObject(value, SHAPE, at);
  if (spec === undefined) return undefined;
  const pods = readSelector(spec.podSelector, at.field("podSelector"));
  const types = readBounded(spec.policyTypes, [0, 2], at.field("policyTypes"), readType);
  const ingress = readRules(spec.ingress, INGRESS, name, at);
  const egress = readRules(spec.egress, EGRESS, name, at);
  if (types.length === 0) {
    types.push("ingress");
    // An empty list does not count: whoever wants no egress at all has to name the type.
    if (egress.length > 0) types.push("egress");
  }
  return {
    name,
    tier: "network",
    priority: 0,
    subject: { namespaces: { name: name.namespace }, pods },
    ingress: types.includes("ingress") ? ingress : undefined,
    egress: types.includes("egress") ? egress : undefined,
  };
}

const TYPES = new Map([["Ingress", "ingress"], ["Egress", "egress"]]);

function readType(value: unknown, at: Place): string | undefined {
  return readChoice(value, TYPES, at);
}

const INGRESS = {
  name: "ingress",
  peers: "from",
  rule: { what: "an ingress rule", fields: ["from", "ports"] },
} as const;
const EGRESS = { name: "egress", peers: "to", rule: { what: "an egress rule", fields: ["to", "ports"] } } as const;

function readRules(
  value: unknown,
  direction: typeof INGRESS | typeof EGRESS,
  name: PolicyName,
  at: Place,
): ParsedRule[] {
  if (!isGiven(value)) return [];
  return readList(value, at.field(direction.name), (item, inside, index) => {
    const fields = readObject<"from" | "to" | "ports">(item, direction.rule, inside);
    if (fields === undefined) return undefined;
    const peers = readList(
      fields[direction.peers],
      inside.field(direction.peers),
      (peer, place) => readPeer(peer, name, place),
    );
    const ports = readList(fields.ports, inside.field("ports"), readPort);
    return {
      peers: peers.length > 0 ? peers : undefined,
      ports: ports.length > 0 ? ports : undefined,
      action: "accept",
      label: `${direction.name}[${index}]`,
    };
  });
}

const PEER = { what: "a peer", fields: ["podSelector", "namespaceSelector", "ipBlock"] } as const;

function readPeer(value: unknown, { namespace }: PolicyName, at: Place): Peer | undefined {
  const fields = readObject(value, PEER, at);
  if (fields === undefined) return undefined;
  const names = given(fields, PEER.fields);
  if (names.length === 0) {
    at.refuse("is empty, and has to have podSelector, namespaceSelector, both, or ipBlock");
    return undefined;
  }
  if (names.length > 1 && names.includes("ipBlock")) {
    at.refuse(`has ${names.join(" and ")}, and ipBlock has to be alone; a list has a place for each`);
    return undefined;
  }
  if (names[0] === "ipBlock") return readBlock(fields.ipBlock, at.field("ipBlock"));
  const pods = readSelector(fields.podSelector, at.field("podSelector"));
  if (!names.includes("namespaceSelector")) return { kind: "pods", pods: { namespaces: { name: namespace }, pods } };
  const selector = readSelector(fields.namespaceSelector, at.field("namespaceSelector"));
  return { kind: "pods", pods: { namespaces: { selector }, pods } };
}

const BLOCK = { what: "an ipBlock", fields: ["cidr", "except"] } as const;

function readBlock(value: unknown, at: Place): Peer | undefined {
  const fields = readObject(value, BLOCK, at);
  if (fields === undefined) return undefined;
  const network = readNetwork(fields.cidr, at.field("cidr"));
  const except = readExcept(fields.except, network, at.field("except"));
  return network && { kind: "network", cidr: network.cidr, except };
}
