// ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2 (its CRD, standard and experimental channel).

import type { PolicyName } from "cnidaria:cni/policy@0.3.0";
import type { Action, ParsedPolicy, ParsedRule, Pods } from "../parsed_policy.ts";
import { readEgressPeer, readIngressPeer, readPods, SUBJECT } from "./cluster_peer.ts";
import { readProtocol, refuseNamedPorts } from "./cluster_protocol.ts";
import { type Place, show } from "./place.ts";
import { isGiven, only, readBounded, readChoice, readInteger, readObject, readText } from "./value.ts";

const SHAPE = {
  what: "a ClusterNetworkPolicy's spec",
  fields: ["tier", "priority", "subject", "ingress", "egress"],
} as const;

const TIERS = new Map([["Admin", "admin"], ["Baseline", "baseline"]] as const);

/** Undefined where it has no more to say than what is refused. */
export function readClusterNetworkPolicy(name: PolicyName, value: unknown, at: Place): ParsedPolicy | undefined {
  const spec = readObject(value, SHAPE, at);
  if (spec === undefined) return undefined;
  const tier = readChoice(spec.tier, TIERS, at.field("tier"));
  const priority = readInteger(spec.priority, 0, 1000, at.field("priority"));
  const subject = readSubject(spec.subject, at.field("subject"));
  const ingress = readRules(spec.ingress, INGRESS, at);
  const egress = readRules(spec.egress, EGRESS, at);
  if (tier === undefined || priority === undefined || subject === undefined) return undefined;
  // Without rules it says nothing: unlike a NetworkPolicy it isolates nobody.
  return {
    name,
    tier,
    priority,
    subject,
    ingress: ingress.length > 0 ? ingress : undefined,
    egress: egress.length > 0 ? egress : undefined,
  };
}

function readSubject(value: unknown, at: Place): Pods | undefined {
  const fields = readObject(value, SUBJECT, at);
  const kind = fields && only(fields, SUBJECT, at);
  return kind && readPods(kind, fields?.[kind], at.field(kind));
}

const RULE = ["name", "action", "protocols"] as const;
const INGRESS = {
  name: "ingress",
  peers: "from",
  readPeer: readIngressPeer,
  rule: { what: "an ingress rule", fields: [...RULE, "from"] },
} as const;
const EGRESS = {
  name: "egress",
  peers: "to",
  readPeer: readEgressPeer,
  rule: { what: "an egress rule", fields: [...RULE, "to"] },
} as const;
type Direction = typeof INGRESS | typeof EGRESS;

const ACTIONS = new Map<string, Action>([["Accept", "accept"], ["Deny", "deny"], ["Pass", "pass"]]);

/** Of rules, of a rule's peers, of its protocols, of a peer's networks. */
const MOST = 25;

function readRules(value: unknown, direction: Direction, at: Place): ParsedRule[] {
  if (!isGiven(value)) return [];
  return readBounded(
    value,
    [0, MOST],
    at.field(direction.name),
    (item, inside, index) => readRule(item, `${direction.name}[${index}]`, direction, inside),
  );
}

function readRule(value: unknown, label: string, direction: Direction, at: Place): ParsedRule | undefined {
  const fields = readObject<"name" | "action" | "protocols" | "from" | "to">(value, direction.rule, at);
  if (fields === undefined) return undefined;
  const name = isGiven(fields.name) ? readName(fields.name, at.field("name")) : "";
  const action = readChoice(fields.action, ACTIONS, at.field("action"));
  const given = fields[direction.peers];
  const place = at.field(direction.peers);
  if (!isGiven(given)) place.refuse("is missing");
  const peers = readBounded(given, [1, MOST], place, direction.readPeer);
  const ports = readBounded(fields.protocols, [1, MOST], at.field("protocols"), readProtocol);
  if (peers.flat().some((it) => it.kind !== "pods")) refuseNamedPorts(fields.protocols, at.field("protocols"));
  if (action === undefined) return undefined;
  return {
    peers: peers.flat(),
    ports: ports.length > 0 ? ports : undefined,
    action,
    label: name ? `${label} ${JSON.stringify(name)}` : label,
  };
}

function readName(value: unknown, at: Place): string | undefined {
  const name = readText(value, at);
  // As the API counts: in characters, not in UTF-16.
  if (name === undefined || name.length <= 100 || [...name].length <= 100) return name;
  at.refuse(`is longer than 100 characters: ${show(name)}`);
  return undefined;
}
