// Tables, sets, chains and counters as messages of nf_tables. Everything is binary: a name is a name to the kernel,
// whatever nft's language makes of it. Source: include/uapi/linux/netfilter/nf_tables.h.

import type { Chain, Datatype, Hook, NamedSet, Verdict } from "cnidaria:cni/nftables@0.3.0";
import { type NetlinkMessage, NLM_F_CREATE } from "../../../sys/netlink_message.ts";
import { nftablesMessage, type TableFamily } from "../../../sys/nftables_message.ts";
import { keyLength } from "../set_key.ts";
import { targetOf } from "../uses.ts";

const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_NEWCHAIN = 3;
const NFT_MSG_DELCHAIN = 5;
const NFT_MSG_DELRULE = 8;
const NFT_MSG_NEWSET = 9;
const NFT_MSG_DELSET = 11;
const NFT_MSG_NEWOBJ = 18;
const NFT_MSG_DELOBJ = 20;
const NFTA_TABLE_NAME = 1;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_POLICY = 5;
const NFTA_CHAIN_TYPE = 7;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_HOOK_PRIORITY = 2;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_SET_TABLE = 1;
const NFTA_SET_NAME = 2;
const NFTA_SET_FLAGS = 3;
const NFTA_SET_KEY_TYPE = 4;
const NFTA_SET_KEY_LEN = 5;
const NFTA_SET_DATA_TYPE = 6;
const NFTA_SET_DATA_LEN = 7;
const NFTA_SET_ID = 10;
const NFTA_SET_USERDATA = 13;
/** NFTNL_UDATA_SET_KEYBYTEORDER of libnftnl's udata.h, for nft: as what it prints keys. */
const HOST_ORDER = new Uint8Array([0, 4, 1, 0, 0, 0]);
const NETWORK_ORDER = new Uint8Array([0, 4, 2, 0, 0, 0]);
export const NFT_SET_ANONYMOUS = 0x1;
const NFT_SET_CONSTANT = 0x2;
const NFT_SET_INTERVAL = 0x4;
const NFT_SET_MAP = 0x8;
const NFT_DATA_VERDICT = 0xffffff00;
const NFTA_OBJ_TABLE = 1;
const NFTA_OBJ_NAME = 2;
const NFTA_OBJ_TYPE = 3;
const NFTA_OBJ_DATA = 4;
const NFTA_COUNTER_BYTES = 1;
const NFTA_COUNTER_PACKETS = 2;
export const NFT_OBJECT_COUNTER = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;

const NF_DROP = 0;
const NF_ACCEPT = 1;

/** enum nf_inet_hooks, and the same of the bridge family. */
export const hookNumbers: Readonly<Record<Hook, number>> = {
  prerouting: 0,
  input: 1,
  forward: 2,
  output: 3,
  postrouting: 4,
};

/** By these nft knows how to print keys (its enum datatypes); a concatenation has six bits of each. */
const datatypes: Readonly<Record<Datatype, number>> = {
  "ipv4-addr": 7,
  "ipv6-addr": 8,
  "ether-addr": 9,
  "inet-proto": 12,
  "inet-service": 13,
  "ifname": 41,
};

/** Of a set of ICMPv6 types, whose keys are otherwise as those of protocols. */
export const icmpv6Type = 29;

/** enum nft_verdicts and NF_ACCEPT, NF_DROP. */
export const verdictCodes: Readonly<Record<Verdict["tag"], number>> = {
  accept: NF_ACCEPT,
  drop: NF_DROP,
  jump: -3,
  goto: -4,
  return: -5,
};

/** What a counter has counted. */
export interface Count {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** Where all that follows is. */
export interface Table {
  readonly family: TableFamily;
  readonly name: string;
}

export function newTable({ family, name }: Table): NetlinkMessage {
  return nftablesMessage(NFT_MSG_NEWTABLE, family, NLM_F_CREATE).string(NFTA_TABLE_NAME, name);
}

export function deleteTable({ family, name }: Table): NetlinkMessage {
  return nftablesMessage(NFT_MSG_DELTABLE, family).string(NFTA_TABLE_NAME, name);
}

/** @param anonymous of a rule, which gives it a name from this template; by `type` nft prints its keys */
export function newSet(table: Table, set: NamedSet, id: number, anonymous?: { readonly type: number }): NetlinkMessage {
  const flags = (anonymous ? NFT_SET_ANONYMOUS | NFT_SET_CONSTANT : 0) | setFlags(set);
  const message = nftablesMessage(NFT_MSG_NEWSET, table.family, NLM_F_CREATE)
    .string(NFTA_SET_TABLE, table.name)
    .string(NFTA_SET_NAME, set.name)
    .attrU32be(NFTA_SET_FLAGS, flags)
    .attrU32be(NFTA_SET_KEY_TYPE, anonymous?.type ?? keyType(set))
    .attrU32be(NFTA_SET_KEY_LEN, keyLength(set.key))
    .attrU32be(NFTA_SET_ID, id)
    .bytes(NFTA_SET_USERDATA, set.key[0] === "ifname" ? HOST_ORDER : NETWORK_ORDER);
  // struct nft_verdict is the kernel's own: its length is not looked at.
  if (set.verdicts) message.attrU32be(NFTA_SET_DATA_TYPE, NFT_DATA_VERDICT).attrU32be(NFTA_SET_DATA_LEN, 0);
  return message;
}

/** What NFTA_SET_FLAGS says of a set that is no rule's own. */
export function setFlags({ intervals, verdicts }: NamedSet): number {
  return (intervals ? NFT_SET_INTERVAL : 0) | (verdicts ? NFT_SET_MAP : 0);
}

/** What NFTA_SET_KEY_TYPE says of a set's keys. */
export function keyType({ key }: Pick<NamedSet, "key">): number {
  return key.reduce((type, part) => (type << 6 | datatypes[part]) >>> 0, 0);
}

export function deleteSet(table: Table, name: string): NetlinkMessage {
  return nftablesMessage(NFT_MSG_DELSET, table.family).string(NFTA_SET_TABLE, table.name).string(NFTA_SET_NAME, name);
}

export function newCounter(table: Table, name: string, count: Count = { packets: 0n, bytes: 0n }): NetlinkMessage {
  return nftablesMessage(NFT_MSG_NEWOBJ, table.family, NLM_F_CREATE)
    .string(NFTA_OBJ_TABLE, table.name)
    .string(NFTA_OBJ_NAME, name)
    .attrU32be(NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER)
    .nest(NFTA_OBJ_DATA, (data) => {
      data.attrU64be(NFTA_COUNTER_BYTES, count.bytes).attrU64be(NFTA_COUNTER_PACKETS, count.packets);
    });
}

export function deleteCounter(table: Table, name: string): NetlinkMessage {
  return nftablesMessage(NFT_MSG_DELOBJ, table.family)
    .string(NFTA_OBJ_TABLE, table.name)
    .string(NFTA_OBJ_NAME, name)
    .attrU32be(NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER);
}

/** Without its rules. */
export function newChain(table: Table, { name, base }: Chain): NetlinkMessage {
  const message = nftablesMessage(NFT_MSG_NEWCHAIN, table.family, NLM_F_CREATE)
    .string(NFTA_CHAIN_TABLE, table.name)
    .string(NFTA_CHAIN_NAME, name);
  if (base === undefined) return message;
  return message
    .nest(NFTA_CHAIN_HOOK, (hook) => {
      hook.attrU32be(NFTA_HOOK_HOOKNUM, hookNumbers[base.hook]).attrU32be(NFTA_HOOK_PRIORITY, base.priority);
    })
    .string(NFTA_CHAIN_TYPE, "filter")
    .attrU32be(NFTA_CHAIN_POLICY, NF_ACCEPT);
}

/** With its rules. */
export function deleteChain(table: Table, name: string): NetlinkMessage {
  return nftablesMessage(NFT_MSG_DELCHAIN, table.family)
    .string(NFTA_CHAIN_TABLE, table.name)
    .string(NFTA_CHAIN_NAME, name);
}

export function flushChain(table: Table, name: string): NetlinkMessage {
  return nftablesMessage(NFT_MSG_DELRULE, table.family)
    .string(NFTA_RULE_TABLE, table.name)
    .string(NFTA_RULE_CHAIN, name);
}

/** As the data of a map's element, or of an immediate expression. */
export function appendVerdict(data: NetlinkMessage, verdict: Verdict): void {
  data.nest(NFTA_DATA_VERDICT, (nest) => {
    nest.attrU32be(NFTA_VERDICT_CODE, verdictCodes[verdict.tag]);
    const target = targetOf(verdict);
    if (target !== undefined) nest.string(NFTA_VERDICT_CHAIN, target);
  });
}
