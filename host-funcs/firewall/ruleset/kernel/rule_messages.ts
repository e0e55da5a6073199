// A rule as messages of nf_tables: the sets that it brings along, then itself.

import type { ConnectionState, Datatype, Field, Match, OneOf, Rule, Statement } from "cnidaria:cni/nftables@0.3.0";
import { NLM_F_APPEND, NLM_F_CREATE } from "../../../sys/netlink_message.ts";
import { nftablesMessage } from "../../../sys/nftables_message.ts";
import { fieldTypes, padded } from "../set_key.ts";
import { bytesOf, lengths, parseSpan, prefixOf, type Span, span } from "../values.ts";
import type { Batch } from "./batch.ts";
import { anonymousElements, next } from "./element_messages.ts";
import * as kernel from "./expressions.ts";
import { icmpv6Type, keyType, newSet, type Table } from "./messages.ts";
import { userDataOf } from "./user_data.ts";

const NFT_MSG_NEWRULE = 6;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_RULE_USERDATA = 7;
/** The kernel puts a number in the place of %d. */
const ANONYMOUS = "__set%d";
const AN_LIST = 500;

/** NFPROTO_IPV4, NFPROTO_IPV6; ETH_P_IP, ETH_P_IPV6 in network order. */
const networkProtocols = {
  inet: { 4: new Uint8Array([2]), 6: new Uint8Array([10]) },
  bridge: { 4: new Uint8Array([0x08, 0x00]), 6: new Uint8Array([0x86, 0xdd]) },
};
const IPPROTO_ICMPV6 = new Uint8Array([58]);
/** ARPHRD_ETHER, in the machine's order. */
const ETHERNET = new Uint8Array([1, 0]);

/** NF_CT_STATE_*_BIT of the kernel (nf_conntrack_common.h). */
const stateBits: Readonly<Record<ConnectionState, number>> = { invalid: 1, established: 2, related: 4, new: 8 };

/** Appends the rule to a chain's rules. */
export function pushRule(batch: Batch, table: Table, chain: string, rule: Rule, at: number): void {
  const expressions = new RuleExpressions(batch, table, `put rule ${at} of chain ${chain}`);
  for (const match of rule.matches) expressions.match(match);
  for (const statement of rule.statements) expressions.statement(statement);
  const message = nftablesMessage(NFT_MSG_NEWRULE, table.family, NLM_F_CREATE | NLM_F_APPEND)
    .string(NFTA_RULE_TABLE, table.name)
    .string(NFTA_RULE_CHAIN, chain)
    .nest(NFTA_RULE_EXPRESSIONS, (list) => {
      for (const append of expressions.list) append(list);
    })
    .bytes(NFTA_RULE_USERDATA, userDataOf(rule));
  batch.push(`put rule ${at} of chain ${chain}`, message);
}

class RuleExpressions {
  readonly list: kernel.Expression[] = [];
  /** What the rule has seen to already, so that the fields are there to be read. */
  readonly #certain = new Set<string>();

  constructor(readonly batch: Batch, readonly table: Table, readonly purpose: string) {}

  match(match: Match): void {
    switch (match.tag) {
      case "in-set":
        this.#load(match.val.fields);
        this.list.push(kernel.lookUp(match.val.set, match.val.negated));
        return;
      case "one-of":
        return this.#oneOf(match.val);
      case "connection": {
        const bits = match.val.reduce((sum, state) => sum | stateBits[state], 0);
        this.list.push(kernel.loadConnectionState(), kernel.keepBits(new Uint8Array([bits, 0, 0, 0])));
        this.list.push(kernel.compare(new Uint8Array(4), true));
        return;
      }
      case "icmpv6-type":
        this.#need("icmpv6", kernel.loadMeta("l4proto"), kernel.compare(IPPROTO_ICMPV6));
        this.list.push(kernel.loadPayload("transport", 0, 1));
        return this.#compare(
          "inet-proto",
          [...match.val].map((type) => span("inet-proto", byte(type), byte(type))),
          false,
          icmpv6Type,
        );
      case "at-most":
        this.list.push(kernel.atMost(match.val));
    }
  }

  statement(statement: Statement): void {
    switch (statement.tag) {
      case "counter":
        return void this.list.push(kernel.countIn(statement.val));
      case "log":
        return void this.list.push(kernel.logPacket(statement.val));
      case "verdict":
        return void this.list.push(kernel.judge(statement.val));
      case "verdict-map":
        this.#load(statement.val.fields);
        this.list.push(kernel.lookUpVerdict(statement.val.map));
    }
  }

  #oneOf({ field, values, negated }: OneOf): void {
    const type = fieldTypes[field];
    this.#load([field]);
    this.#compare(type, merged(type, values.map((value) => parseSpan(type, value)!)), negated);
  }

  /** Compares what is loaded. */
  #compare(type: Datatype, keys: readonly Span[], negated: boolean, typeNumber = keyType({ key: [type] })): void {
    const [only] = keys;
    if (keys.length > 1) return this.#compareMany(type, keys, negated, typeNumber);
    const [first, last] = [bytesOf(only!.first), bytesOf(only!.last)];
    const prefix = prefixOf(only!.first, only!.last);
    if (only!.first === only!.last) this.list.push(kernel.compare(first, negated));
    else if (prefix === undefined || !only!.text.includes("/")) {
      this.list.push(kernel.compareRange(first, last, negated));
    } else {
      const mask = first.map((byte, at) => ~(byte ^ last[at]!));
      this.list.push(kernel.keepBits(mask), kernel.compare(first, negated));
    }
  }

  #compareMany(type: Datatype, keys: readonly Span[], negated: boolean, typeNumber: number): void {
    const intervals = keys.some(({ first, last }) => first !== last);
    const set = { name: ANONYMOUS, key: [type], intervals, verdicts: false };
    const id = this.batch.newSetId();
    this.batch.push(this.purpose, newSet(this.table, set, id, { type: typeNumber }));
    for (let at = 0; at < keys.length; at += AN_LIST) {
      this.batch.push(this.purpose, anonymousElements(this.table, set, id, keys.slice(at, at + AN_LIST)));
    }
    this.list.push(kernel.lookUp(ANONYMOUS, negated, id));
  }

  /** Loads fields one behind the other, and first makes sure that the packet has them. */
  #load(fields: readonly Field[]): void {
    for (const field of fields) this.#needHeaderOf(field);
    let offset = 0;
    for (const field of fields) {
      this.list.push(loads[field](offset));
      offset += padded(lengths[fieldTypes[field]]);
    }
  }

  #needHeaderOf(field: Field): void {
    const { family } = this.table;
    const load = () => kernel.loadMeta(family === "inet" ? "nfproto" : "protocol");
    if (field.startsWith("ip-")) this.#need("ipv4", load(), kernel.compare(networkProtocols[family][4]));
    if (field.startsWith("ip6-")) this.#need("ipv6", load(), kernel.compare(networkProtocols[family][6]));
    // Packets of a bridge have this header always.
    if (field.startsWith("ether-") && family === "inet") {
      this.#need("ethernet", kernel.loadMeta("iiftype"), kernel.compare(ETHERNET));
    }
  }

  #need(what: string, ...expressions: kernel.Expression[]): void {
    if (this.#certain.has(what)) return;
    this.#certain.add(what);
    this.list.push(...expressions);
  }
}

/** Where fields are: RFC 791, RFC 8200, IEEE 802.3; ports of TCP, UDP and SCTP alike. */
const loads: Readonly<Record<Field, (offset: number) => kernel.Expression>> = {
  "ip-saddr": (offset) => kernel.loadPayload("network", 12, 4, offset),
  "ip-daddr": (offset) => kernel.loadPayload("network", 16, 4, offset),
  "ip6-saddr": (offset) => kernel.loadPayload("network", 8, 16, offset),
  "ip6-daddr": (offset) => kernel.loadPayload("network", 24, 16, offset),
  "ether-saddr": (offset) => kernel.loadPayload("link", 6, 6, offset),
  "ether-daddr": (offset) => kernel.loadPayload("link", 0, 6, offset),
  "iifname": (offset) => kernel.loadMeta("iifname", offset),
  "oifname": (offset) => kernel.loadMeta("oifname", offset),
  "l4proto": (offset) => kernel.loadMeta("l4proto", offset),
  "th-sport": (offset) => kernel.loadPayload("transport", 0, 2, offset),
  "th-dport": (offset) => kernel.loadPayload("transport", 2, 2, offset),
};

/** In order, and what overlaps or touches as one: the kernel refuses sets with overlapping intervals. */
function merged(type: Datatype, spans: readonly Span[]): Span[] {
  if (spans.every(({ first, last }) => first === last)) return [...spans];
  const sorted = spans.toSorted((a, b) => a.first < b.first ? -1 : a.first > b.first ? 1 : 0);
  const result: Span[] = [];
  for (const one of sorted) {
    const before = result.at(-1);
    const after = before && next(before.last);
    if (before === undefined || after !== undefined && one.first > after) result.push(one);
    else if (one.last > before.last) result[result.length - 1] = span(type, before.first, one.last);
  }
  return result;
}

function byte(value: number): string {
  return String.fromCharCode(value);
}
