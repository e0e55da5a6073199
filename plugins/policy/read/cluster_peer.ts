// Peers and subjects of a ClusterNetworkPolicy.

import type { Peer, Pods } from "../parsed_policy.ts";
import { readNetwork } from "./network.ts";
import { type Place, show } from "./place.ts";
import { readSelector } from "./selector.ts";
import { isGiven, only, readBounded, readObject } from "./value.ts";

export const SUBJECT = { what: "a subject", fields: ["namespaces", "pods"] } as const;
const INGRESS_PEER = { what: "a peer of ingress", fields: ["namespaces", "pods"] } as const;
const EGRESS_PEER = {
  what: "a peer of egress",
  fields: ["namespaces", "pods", "nodes", "networks", "domainNames"],
} as const;

/** An item of `from`. */
export function readIngressPeer(value: unknown, at: Place): Peer[] | undefined {
  const fields = readObject(value, INGRESS_PEER, at);
  const kind = fields && only(fields, INGRESS_PEER, at);
  const pods = kind && readPods(kind, fields?.[kind], at.field(kind));
  return pods && [{ kind: "pods", pods }];
}

/** An item of `to`: as many peers as it has networks. */
export function readEgressPeer(value: unknown, at: Place): Peer[] | undefined {
  const fields = readObject(value, EGRESS_PEER, at);
  const kind = fields && only(fields, EGRESS_PEER, at);
  if (kind === undefined) return undefined;
  const inside = at.field(kind);
  const peer = fields?.[kind];
  if (kind === "nodes") return [{ kind: "nodes", nodes: readSelector(peer, inside) }];
  if (kind === "networks") return readNetworks(peer, inside);
  if (kind === "domainNames") {
    inside.refuse("is not supported, as the kernel judges packets and these have no names; give addresses by networks");
    return undefined;
  }
  const pods = readPods(kind, peer, inside);
  return pods && [{ kind: "pods", pods }];
}

const NAMESPACED = { what: "pods", fields: ["namespaceSelector", "podSelector"] } as const;

/** @param kind of the two that select pods: all of some namespaces, or some of them */
export function readPods(kind: "namespaces" | "pods", value: unknown, at: Place): Pods | undefined {
  if (kind === "namespaces") return { namespaces: { selector: readSelector(value, at) }, pods: [] };
  const fields = readObject(value, NAMESPACED, at);
  if (fields === undefined) return undefined;
  if (!isGiven(fields.podSelector)) at.field("podSelector").refuse("is missing; {} selects every pod");
  return {
    namespaces: { selector: readSelector(fields.namespaceSelector, at.field("namespaceSelector")) },
    pods: readSelector(fields.podSelector, at.field("podSelector")),
  };
}

function readNetworks(value: unknown, at: Place): Peer[] {
  const texts = new Set<unknown>();
  return readBounded(value, [1, 25], at, (item, inside) => {
    if (texts.has(item)) inside.refuse(`is in the list twice: ${show(item)}`);
    texts.add(item);
    const network = readNetwork(item, inside);
    return network && { kind: "network", cidr: network.cidr, except: [] };
  });
}
