// A policy's rules as matches of nftables.

import type { Field, Match } from "cnidaria:cni/nftables@0.3.0";
import type { Action, ParsedRule, Peer, Port, Protocol } from "../parsed_policy.ts";
import type { Direction } from "./policy.ts";
import { rangesOf } from "./ranges.ts";
import type { Family, SetSpec } from "./set_spec.ts";

export interface CompiledRule {
  readonly matches: Match[];
  readonly action: Action;
  /** Whose rule it is, and which: `NetworkPolicy shop/web ingress[0]`. */
  readonly comment: string;
}

/** What a policy says about one direction. */
export interface Compiled {
  readonly rules: readonly CompiledRule[];
  /** What the rules read, by name. */
  readonly sets: ReadonlyMap<string, SetSpec>;
}

/** A part of a rule: what it matches, in one family or in both. */
interface Part {
  readonly family: Family | undefined;
  readonly matches: readonly Match[];
}

const FIELDS: Readonly<Record<Family, { readonly source: Field; readonly destination: Field }>> = {
  ipv4: { source: "ip-saddr", destination: "ip-daddr" },
  ipv6: { source: "ip6-saddr", destination: "ip6-daddr" },
};
const FAMILIES = ["ipv4", "ipv6"] as const;
const ANYTHING: Part = { family: undefined, matches: [] };

/**
 * Rules of a policy, each with all of its peers and all of its ports.
 * @param title of the policy
 * @param nameOf the name of a set
 */
export function compileRules(
  rules: readonly ParsedRule[],
  title: string,
  direction: Direction,
  nameOf: (spec: SetSpec) => string,
): Compiled {
  const sets = new Map<string, SetSpec>();
  const need = (spec: SetSpec) => {
    const name = nameOf(spec);
    sets.set(name, spec);
    return name;
  };
  const compiled: CompiledRule[] = [];
  for (const { action, label, peers, ports } of rules) {
    const comment = `${title} ${label}`;
    const ofPorts = portParts(ports, need);
    for (const peer of peerParts(peers, direction, need)) {
      for (const port of ofPorts) {
        if (peer.family !== undefined && port.family !== undefined && peer.family !== port.family) continue;
        compiled.push({ matches: [...peer.matches, ...port.matches], action, comment });
      }
    }
  }
  return { rules: compiled, sets };
}

function peerParts(
  peers: readonly Peer[] | undefined,
  direction: Direction,
  nameOf: (spec: SetSpec) => string,
): Part[] {
  if (peers === undefined) return [ANYTHING];
  const inSet = (spec: SetSpec): Part => {
    const { source, destination } = FIELDS[spec.family];
    const fields = [direction === "ingress" ? source : destination];
    const match: Match = { tag: "in-set", val: { fields, set: nameOf(spec), negated: false } };
    return { family: spec.family, matches: [match] };
  };
  const parts = peers.flatMap((peer) => {
    if (peer.kind === "pods") return FAMILIES.map((family) => inSet({ kind: "pods", family, pods: peer.pods }));
    if (peer.kind === "nodes") return FAMILIES.map((family) => inSet({ kind: "nodes", family, nodes: peer.nodes }));
    return [];
  });
  const networks = peers.filter((peer) => peer.kind === "network");
  if (networks.length === 0) return parts;
  const ranges = rangesOf(networks);
  for (const family of FAMILIES) {
    if (ranges[family].length > 0) parts.push(inSet({ kind: "networks", family, ranges: ranges[family] }));
  }
  return parts;
}

function portParts(ports: readonly Port[] | undefined, nameOf: (spec: SetSpec) => string): Part[] {
  if (ports === undefined) return [ANYTHING];
  const parts: Part[] = [];
  for (const protocol of ["tcp", "udp", "sctp"] as const) {
    const numbers = ports.filter((port) => "first" in port && port.protocol === protocol) as NumberedPort[];
    if (numbers.length > 0) parts.push(numbered(protocol, numbers));
  }
  for (const port of ports) {
    if (!("name" in port)) continue;
    for (const family of FAMILIES) {
      const spec: SetSpec = { kind: "ports", family, name: port.name, protocol: port.protocol };
      const fields: Field[] = [FIELDS[family].destination, "l4proto", "th-dport"];
      const match: Match = { tag: "in-set", val: { fields, set: nameOf(spec), negated: false } };
      parts.push({ family, matches: [match] });
    }
  }
  return parts;
}

type NumberedPort = Extract<Port, { first: number }>;

function numbered(protocol: Protocol, ports: readonly NumberedPort[]): Part {
  const matches: Match[] = [{ tag: "one-of", val: { field: "l4proto", values: [protocol], negated: false } }];
  const values = mergePorts(ports);
  if (values !== undefined) matches.push({ tag: "one-of", val: { field: "th-dport", values, negated: false } });
  return { family: undefined, matches };
}

/** None overlaps another; undefined for all ports there are. */
function mergePorts(ports: readonly NumberedPort[]): string[] | undefined {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ports].sort((one, other) => one.first - other.first)) {
    const latest = merged.at(-1);
    if (latest === undefined || first > latest.last + 1) merged.push({ first, last });
    else latest.last = Math.max(latest.last, last);
  }
  if (merged[0]!.first === 0 && merged[0]!.last === 65535) return undefined;
  return merged.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`);
}
