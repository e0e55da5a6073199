// What the kernel does with the first packet of a connection, and which rule decides: told from the rules alone, by the
// way the kernel takes through them (net/netfilter/nf_tables_core.c, nft_do_chain). It knows nothing of policies.

import type { Chain, Rule, Verdict } from "cnidaria:cni/nftables@0.3.0";
import type { TableContent } from "../../host-funcs/firewall/ruleset/ruleset.ts";
import { Matcher, type Predicate } from "./evaluate/match.ts";
import { type Packet, type ReadPacket, readPacket } from "./evaluate/packet.ts";

export type { Packet } from "./evaluate/packet.ts";

/** `egress`: found by the address that the packet comes from; `ingress`: by the one that it goes to. */
export type Direction = "egress" | "ingress";

/** A rule that applied. */
export interface Step {
  readonly chain: string;
  /** Its place in the chain, from 0. */
  readonly index: number;
  /** What the rule is for. */
  readonly comment: string;
  readonly verdict: Verdict;
}

export interface Decision {
  readonly allowed: boolean;
  /** The chain that was asked. */
  readonly chain: string;
  /** The rule that decided; undefined: the chain came to its end, so that none objects. */
  readonly rule: Step | undefined;
}

export interface Judgement {
  readonly allowed: boolean;
  /**
   * Undefined: no chain is asked in that direction, as no policy selects the pod, or the packet was let through before.
   * What one direction drops, the other is asked about all the same.
   */
  readonly egress: Decision | undefined;
  readonly ingress: Decision | undefined;
  /** The rule of the base chain that let it through, or dropped it, before or after these. */
  readonly base: Step | undefined;
  /** Rules that applied, in their order, as far as the packet gets. */
  readonly way: readonly Step[];
}

interface ReadyRule {
  readonly matches: readonly Predicate[];
  readonly verdict: (packet: ReadPacket) => Verdict | undefined;
  /** Of the addresses that a verdict map is asked for. */
  readonly direction: Direction | undefined;
  readonly comment: string;
}

/** The base chain that traffic of pods passes. */
const BASE = "forward";
/** The kernel has no more (NFT_JUMP_STACK_SIZE). */
const MOST_JUMPS = 16;

/** Judges packets by a table as it is now: to be made anew when that has changed. */
export class Evaluator {
  readonly #matcher: Matcher;
  readonly #chains = new Map<string, readonly ReadyRule[]>();

  constructor(private readonly content: TableContent) {
    this.#matcher = new Matcher(content);
  }

  /** @throws {Error} a sentence, where the rules read what is not known of the packet, or lead nowhere */
  judge(unread: Packet): Judgement {
    const packet = readPacket(unread);
    const way: Step[] = [];
    const found: Record<Direction, Decision | undefined> = { egress: undefined, ingress: undefined };
    let isDropped = false;
    let base: Step | undefined;
    for (const [index, rule] of this.#rulesOf(BASE).entries()) {
      const verdict = apply(rule, packet);
      if (verdict === undefined) continue;
      const step: Step = { chain: BASE, index, comment: rule.comment, verdict };
      const seen = isDropped ? [] : way;
      seen.push(step);
      if (verdict.tag === "jump" || verdict.tag === "goto") {
        const decision = this.#ask(verdict.val, packet, seen, 1);
        if (rule.direction !== undefined && found[rule.direction]?.allowed !== false) found[rule.direction] = decision;
        if (!decision.allowed) isDropped = true;
        const isFinal = decision.rule?.verdict.tag === "accept" || verdict.tag === "goto";
        if (isFinal || rule.direction === undefined && isDropped) break;
        continue;
      }
      if (isDropped) break;
      base = step;
      isDropped = verdict.tag === "drop";
      break;
    }
    return { allowed: !isDropped, ...found, base, way };
  }

  #ask(chain: string, packet: ReadPacket, way: Step[], depth: number): Decision {
    if (depth > MOST_JUMPS) throw new Error(`Cannot judge packets by chain ${chain} as its rules lead too deep`);
    for (const [index, rule] of this.#rulesOf(chain).entries()) {
      const verdict = apply(rule, packet);
      if (verdict === undefined) continue;
      const step: Step = { chain, index, comment: rule.comment, verdict };
      way.push(step);
      switch (verdict.tag) {
        case "accept":
        case "return":
          return { allowed: true, chain, rule: step };
        case "drop":
          return { allowed: false, chain, rule: step };
        case "goto":
          return { ...this.#ask(verdict.val, packet, way, depth + 1), chain };
        case "jump": {
          const inner = this.#ask(verdict.val, packet, way, depth + 1);
          if (!inner.allowed || inner.rule?.verdict.tag === "accept") return { ...inner, chain };
        }
      }
    }
    return { allowed: true, chain, rule: undefined };
  }

  #rulesOf(name: string): readonly ReadyRule[] {
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    const chain = this.content.chains.get(name);
    if (chain === undefined && name !== BASE) {
      throw new Error(`Cannot judge packets by the rules as they lead to chain ${name}, which is not there`);
    }
    const ready = chain === undefined ? [] : this.#prepare(chain);
    this.#chains.set(name, ready);
    return ready;
  }

  /** Without the rules that only count or log. */
  #prepare({ rules }: Chain): readonly ReadyRule[] {
    return rules.map((rule) => {
      const [verdict, direction] = this.#verdictOf(rule);
      const matches = verdict === undefined ? [] : rule.matches.map((match) => this.#matcher.predicate(match));
      return { matches, verdict: verdict ?? (() => undefined), direction, comment: rule.comment };
    });
  }

  #verdictOf({ statements }: Rule): [((packet: ReadPacket) => Verdict | undefined)?, Direction?] {
    const last = statements.at(-1);
    if (last?.tag === "verdict") return [() => last.val];
    if (last?.tag !== "verdict-map") return [];
    const isSource = last.val.fields.some((field) => field.endsWith("saddr"));
    return [this.#matcher.lookup(last.val), isSource ? "egress" : "ingress"];
  }
}

function apply({ matches, verdict }: ReadyRule, packet: ReadPacket): Verdict | undefined {
  for (const match of matches) if (!match(packet)) return undefined;
  return verdict(packet);
}
