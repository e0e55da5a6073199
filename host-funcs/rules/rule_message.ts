// RTM_*RULE messages. Pure. Source: include/uapi/linux/fib_rules.h, net/core/fib_rules.c.
//
//   fib_rule_hdr { u8 family, dst_len, src_len, tos; u8 table, res1, res2, action; u32 flags; } attributes

import type { RuleValue } from "../change.ts";
import { AF_INET, AF_INET6, formatAddress, parseCidr } from "../sys/ip_address.ts";
import { Attributes, NetlinkMessage, readAttributes, type ReceivedMessage } from "../sys/netlink_message.ts";

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

export const HEADER_LENGTH = 12;
export const FRA_DST = 1;
export const FRA_SRC = 2;
export const FRA_IIFNAME = 3;
export const FRA_PRIORITY = 6;
export const FRA_FWMARK = 10;
const FRA_SUPPRESS_PREFIXLEN = 14;
export const FRA_TABLE = 15;
export const FRA_FWMASK = 16;
const FRA_PAD = 18;
const FRA_PROTOCOL = 21;

const FR_ACT_TO_TBL = 1;
const FIB_RULE_INVERT = 2;
/** Suppresses nothing: what every rule has that was made without it. */
const NO_SUPPRESSION = 0xffffffff;

/** What a rule can have and be said whole. `suppress_prefixlength` is looked at by its value. */
const SAID: ReadonlySet<number> = new Set([
  FRA_DST,
  FRA_SRC,
  FRA_IIFNAME,
  FRA_PRIORITY,
  FRA_FWMARK,
  FRA_SUPPRESS_PREFIXLEN,
  FRA_TABLE,
  FRA_FWMASK,
  FRA_PAD,
  FRA_PROTOCOL,
]);

/** AF_INET or AF_INET6. */
export function familyOf({ family }: Pick<RuleValue, "family">): typeof AF_INET | typeof AF_INET6 {
  return family === "ipv4" ? AF_INET : AF_INET6;
}

/** Adds or removes a rule. @param rule as `plainRule` makes it */
export function ruleMessage(type: number, rule: RuleValue, messageFlags = 0): NetlinkMessage {
  const source = rule.source === undefined ? undefined : parseCidr(rule.source);
  const destination = rule.destination === undefined ? undefined : parseCidr(rule.destination);
  const { incoming, mark, priority, table } = rule;
  const message = new NetlinkMessage(type, messageFlags)
    .u8(familyOf(rule), destination?.prefixLength ?? 0, source?.prefixLength ?? 0, 0)
    .u8(table > 255 ? 0 : table, 0, 0, FR_ACT_TO_TBL).u32(0)
    .attrU32(FRA_TABLE, table);
  if (destination) message.bytes(FRA_DST, destination.bytes);
  if (source) message.bytes(FRA_SRC, source.bytes);
  if (incoming !== undefined) message.string(FRA_IIFNAME, incoming);
  if (mark) message.attrU32(FRA_FWMARK, mark.value).attrU32(FRA_FWMASK, mark.mask);
  if (priority !== undefined) message.attrU32(FRA_PRIORITY, priority);
  return message;
}

/** Asks for the rules of a family by a dump: they come in the order in which they are asked. */
export function ruleQuery(family: number): NetlinkMessage {
  return new NetlinkMessage(RTM_GETRULE).u8(family, 0, 0, 0, 0, 0, 0, 0).u32(0);
}

/** A rule as the kernel describes it. */
export interface RuleDescription extends RuleValue {
  readonly priority: number;
  /** See `rule` of the contract. */
  readonly more: boolean;
}

/** Reads RTM_NEWRULE. Undefined for a message that is too short, and for a rule that leads to no table. */
export function readRule({ payload }: ReceivedMessage): RuleDescription | undefined {
  const [family, destinationLength, sourceLength, tos, table, , , action] = payload;
  if (payload.length < HEADER_LENGTH || action !== FR_ACT_TO_TBL) return undefined;
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const flags = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(8, true);
  const attributes = new Attributes(payload, HEADER_LENGTH);
  const network = (type: number, length: number) => {
    const bytes = attributes.bytes(type);
    return bytes === undefined || length === 0 ? undefined : `${formatAddress(bytes)}/${length}`;
  };
  const [source, destination] = [network(FRA_SRC, sourceLength!), network(FRA_DST, destinationLength!)];
  const incoming = attributes.string(FRA_IIFNAME);
  const mask = attributes.u32(FRA_FWMASK);
  const unsaid = readAttributes(payload, HEADER_LENGTH).some(([type]) => !SAID.has(type));
  const suppresses = (attributes.u32(FRA_SUPPRESS_PREFIXLEN) ?? NO_SUPPRESSION) !== NO_SUPPRESSION;
  return {
    family: family === AF_INET ? "ipv4" : "ipv6",
    ...source !== undefined && { source },
    ...destination !== undefined && { destination },
    ...incoming !== undefined && { incoming },
    ...mask !== undefined && { mark: { value: attributes.u32(FRA_FWMARK) ?? 0, mask } },
    priority: attributes.u32(FRA_PRIORITY) ?? 0,
    table: attributes.u32(FRA_TABLE) ?? table!,
    more: unsaid || suppresses || tos !== 0 || (flags & FIB_RULE_INVERT) !== 0,
  };
}
