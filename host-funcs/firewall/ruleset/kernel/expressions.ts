// The expressions of which a rule consists in the kernel, each appended to a list. All load into the registers from the
// first on. Source: include/uapi/linux/netfilter/nf_tables.h.

import type { Verdict } from "cnidaria:cni/nftables@0.3.0";
import type { NetlinkMessage } from "../../../sys/netlink_message.ts";
import { appendVerdict, NFT_OBJECT_COUNTER } from "./messages.ts";

const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_DATA_VALUE = 1;
/** NFT_REG32_00: registers of 4 bytes each. */
const NFT_REG32_00 = 8;
const NFT_REG_VERDICT = 0;
const NFTA_PAYLOAD_DREG = 1;
const NFTA_PAYLOAD_BASE = 2;
const NFTA_PAYLOAD_OFFSET = 3;
const NFTA_PAYLOAD_LEN = 4;
/** NFTA_META_* and NFTA_CT_*. */
const NFTA_LOAD_DREG = 1;
const NFTA_LOAD_KEY = 2;
const NFT_CT_STATE = 0;
const NFTA_CMP_SREG = 1;
const NFTA_CMP_OP = 2;
const NFTA_CMP_DATA = 3;
/** NFT_CMP_EQ, NFT_CMP_NEQ; NFT_RANGE_EQ, NFT_RANGE_NEQ. */
const EQUAL = 0;
const NOT_EQUAL = 1;
const NFTA_RANGE_SREG = 1;
const NFTA_RANGE_OP = 2;
const NFTA_RANGE_FROM_DATA = 3;
const NFTA_RANGE_TO_DATA = 4;
const NFTA_BITWISE_SREG = 1;
const NFTA_BITWISE_DREG = 2;
const NFTA_BITWISE_LEN = 3;
const NFTA_BITWISE_MASK = 4;
const NFTA_BITWISE_XOR = 5;
const NFTA_LOOKUP_SET = 1;
const NFTA_LOOKUP_SREG = 2;
const NFTA_LOOKUP_DREG = 3;
const NFTA_LOOKUP_SET_ID = 4;
const NFTA_LOOKUP_FLAGS = 5;
const NFT_LOOKUP_F_INV = 1;
const NFTA_IMMEDIATE_DREG = 1;
const NFTA_IMMEDIATE_DATA = 2;
const NFTA_OBJREF_IMM_TYPE = 1;
const NFTA_OBJREF_IMM_NAME = 2;
const NFTA_LIMIT_RATE = 1;
const NFTA_LIMIT_UNIT = 2;
const NFTA_LIMIT_BURST = 3;
const NFTA_LIMIT_TYPE = 4;
const NFT_LIMIT_PKTS = 0;
const NFTA_LOG_GROUP = 1;
const NFTA_LOG_PREFIX = 2;
const NFTA_LOG_SNAPLEN = 3;
const NFTA_LOG_QTHRESHOLD = 4;

/** NFT_PAYLOAD_LL_HEADER, and so on. */
export const headers = { link: 0, network: 1, transport: 2 } as const;

/** enum nft_meta_keys. */
const metaKeys = { protocol: 1, iifname: 6, oifname: 7, iiftype: 8, nfproto: 15, l4proto: 16 } as const;

/** Appends one expression to a list of them. */
export type Expression = (list: NetlinkMessage) => void;

function expression(name: string, fill: (data: NetlinkMessage) => void): Expression {
  return (list) =>
    void list.nest(NFTA_LIST_ELEM, (element) => {
      element.string(NFTA_EXPR_NAME, name).nest(NFTA_EXPR_DATA, fill);
    });
}

/** @param offset bytes of registers before the value */
export function loadPayload(header: keyof typeof headers, at: number, length: number, offset = 0): Expression {
  return expression("payload", (data) => {
    data.attrU32be(NFTA_PAYLOAD_DREG, NFT_REG32_00 + offset / 4)
      .attrU32be(NFTA_PAYLOAD_BASE, headers[header])
      .attrU32be(NFTA_PAYLOAD_OFFSET, at)
      .attrU32be(NFTA_PAYLOAD_LEN, length);
  });
}

export function loadMeta(key: keyof typeof metaKeys, offset = 0): Expression {
  return expression("meta", (data) => {
    data.attrU32be(NFTA_LOAD_DREG, NFT_REG32_00 + offset / 4).attrU32be(NFTA_LOAD_KEY, metaKeys[key]);
  });
}

export function loadConnectionState(): Expression {
  return expression("ct", (data) => {
    data.attrU32be(NFTA_LOAD_DREG, NFT_REG32_00).attrU32be(NFTA_LOAD_KEY, NFT_CT_STATE);
  });
}

export function compare(value: Uint8Array, negated = false): Expression {
  return expression("cmp", (data) => {
    data.attrU32be(NFTA_CMP_SREG, NFT_REG32_00)
      .attrU32be(NFTA_CMP_OP, negated ? NOT_EQUAL : EQUAL)
      .nest(NFTA_CMP_DATA, (nest) => void nest.bytes(NFTA_DATA_VALUE, value));
  });
}

export function compareRange(first: Uint8Array, last: Uint8Array, negated: boolean): Expression {
  return expression("range", (data) => {
    data.attrU32be(NFTA_RANGE_SREG, NFT_REG32_00)
      .attrU32be(NFTA_RANGE_OP, negated ? NOT_EQUAL : EQUAL)
      .nest(NFTA_RANGE_FROM_DATA, (nest) => void nest.bytes(NFTA_DATA_VALUE, first))
      .nest(NFTA_RANGE_TO_DATA, (nest) => void nest.bytes(NFTA_DATA_VALUE, last));
  });
}

/** Of what is loaded, keeps the bits of `mask`. */
export function keepBits(mask: Uint8Array): Expression {
  return expression("bitwise", (data) => {
    data.attrU32be(NFTA_BITWISE_SREG, NFT_REG32_00)
      .attrU32be(NFTA_BITWISE_DREG, NFT_REG32_00)
      .attrU32be(NFTA_BITWISE_LEN, mask.length)
      .nest(NFTA_BITWISE_MASK, (nest) => void nest.bytes(NFTA_DATA_VALUE, mask))
      .nest(NFTA_BITWISE_XOR, (nest) => void nest.bytes(NFTA_DATA_VALUE, new Uint8Array(mask.length)));
  });
}

/** @param id of a set that the same batch adds */
export function lookUp(set: string, negated: boolean, id?: number): Expression {
  return expression("lookup", (data) => {
    data.string(NFTA_LOOKUP_SET, set).attrU32be(NFTA_LOOKUP_SREG, NFT_REG32_00);
    if (id !== undefined) data.attrU32be(NFTA_LOOKUP_SET_ID, id);
    if (negated) data.attrU32be(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
  });
}

export function lookUpVerdict(map: string): Expression {
  return expression("lookup", (data) => {
    data.string(NFTA_LOOKUP_SET, map)
      .attrU32be(NFTA_LOOKUP_SREG, NFT_REG32_00)
      .attrU32be(NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
  });
}

export function judge(verdict: Verdict): Expression {
  return expression("immediate", (data) => {
    data.attrU32be(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT)
      .nest(NFTA_IMMEDIATE_DATA, (nest) => appendVerdict(nest, verdict));
  });
}

export function countIn(counter: string): Expression {
  return expression("objref", (data) => {
    data.attrU32be(NFTA_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER).string(NFTA_OBJREF_IMM_NAME, counter);
  });
}

/** True as often a second, and for a burst of as many. */
export function atMost(packets: number): Expression {
  return expression("limit", (data) => {
    data.attrU64be(NFTA_LIMIT_RATE, BigInt(packets))
      .attrU64be(NFTA_LIMIT_UNIT, 1n)
      .attrU32be(NFTA_LIMIT_BURST, packets)
      .attrU32be(NFTA_LIMIT_TYPE, NFT_LIMIT_PKTS);
  });
}

export function logPacket({ group, prefix, snaplen }: { group: number; prefix: string; snaplen: number }): Expression {
  return expression("log", (data) => {
    data.attrU16be(NFTA_LOG_GROUP, group).attrU32be(NFTA_LOG_SNAPLEN, snaplen).attrU16be(NFTA_LOG_QTHRESHOLD, 0);
    if (prefix !== "") data.string(NFTA_LOG_PREFIX, prefix);
  });
}
