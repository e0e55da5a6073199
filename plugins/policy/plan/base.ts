// What is there once: the maps from a pod's address to the chain that judges it, and the way there.

import type { Change, Field, Match, NamedSet, Rule, Verdict } from "cnidaria:cni/nftables@0.3.0";
import type { Address } from "../world/entities.ts";
import { OutSet } from "./out_set.ts";
import type { Direction } from "./policy.ts";

type Version = "4" | "6";

/** `return` of a chain comes back here, so that the other direction is judged as well. */
export class Base {
  readonly #maps: Readonly<Record<`${Direction}${Version}`, OutSet>> = {
    egress4: verdictMap("egress4"),
    egress6: verdictMap("egress6"),
    ingress4: verdictMap("ingress4"),
    ingress6: verdictMap("ingress6"),
  };
  readonly #self: Readonly<Record<Version, OutSet>> = {
    4: new OutSet({ name: "self4", key: ["ipv4-addr", "ipv4-addr"], intervals: false, verdicts: false }),
    6: new OutSet({ name: "self6", key: ["ipv6-addr", "ipv6-addr"], intervals: false, verdicts: false }),
  };
  #isMade = false;

  /** What judges the pod with this address: names of chains; undefined: nothing does. */
  judge({ text, isIpv6 }: Address, egress: string | undefined, ingress: string | undefined): void {
    const version = isIpv6 ? "6" : "4";
    set(this.#maps[`egress${version}`], text, egress);
    set(this.#maps[`ingress${version}`], text, ingress);
    const self = this.#self[version];
    const key = `${text} . ${text}`;
    if ((egress ?? ingress) === undefined) self.remove(key);
    else self.put(key);
  }

  /** After the chains that are jumped to. */
  takeChanges(): Change[] {
    const all = [...Object.values(this.#maps), ...Object.values(this.#self)];
    const changes: Change[] = this.#isMade ? [] : all.map(({ declaration }) => ({ tag: "add-set", val: declaration }));
    for (const set of all) for (const change of set.takeChanges()) changes.push(change);
    if (!this.#isMade) changes.push(forward());
    this.#isMade = true;
    return changes;
  }
}

function set(map: OutSet, key: string, chain: string | undefined): void {
  if (chain === undefined) map.remove(key);
  else map.put(key, chain);
}

function verdictMap(name: string): OutSet {
  const key: NamedSet["key"] = [name.endsWith("4") ? "ipv4-addr" : "ipv6-addr"];
  return new OutSet({ name, key, intervals: false, verdicts: true });
}

function forward(): Change {
  const verdict = (matches: Match[], tag: Verdict["tag"], comment: string): Rule => ({
    matches,
    statements: [{ tag: "verdict", val: { tag } as Verdict }],
    comment,
  });
  const self = (fields: Field[], set: string): Rule =>
    verdict([{ tag: "in-set", val: { fields, set, negated: false } }], "accept", "a pod reaches itself");
  const lookup = (field: Field, map: string, comment: string): Rule => ({
    matches: [],
    statements: [{ tag: "verdict-map", val: { fields: [field], map } }],
    comment,
  });
  const rules: Rule[] = [
    verdict([{ tag: "connection", val: ["established", "related"] }], "accept", "of a connection that was allowed"),
    // With br_netfilter what pods of one bridge ask each other for passes here (RFC 4861).
    verdict([{ tag: "icmpv6-type", val: new Uint8Array([135, 136]) }], "accept", "neighbour discovery"),
    self(["ip-saddr", "ip-daddr"], "self4"),
    self(["ip6-saddr", "ip6-daddr"], "self6"),
    lookup("ip-saddr", "egress4", "what leaves a pod"),
    lookup("ip6-saddr", "egress6", "what leaves a pod"),
    lookup("ip-daddr", "ingress4", "what comes to a pod"),
    lookup("ip6-daddr", "ingress6", "what comes to a pod"),
  ];
  return { tag: "put-chain", val: { name: "forward", base: { hook: "forward", priority: 0 }, rules } };
}
