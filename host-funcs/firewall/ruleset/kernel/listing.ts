// What the kernel has in a table, read over netlink. Source: include/uapi/linux/netfilter/nf_tables.h.

import type { NetlinkSocket } from "../../../sys/netlink_socket.ts";
import { Attributes, type NetlinkMessage } from "../../../sys/netlink_message.ts";
import { nfgenmsgLength, nftablesMessage } from "../../../sys/nftables_message.ts";
import { type Count, NFT_OBJECT_COUNTER, NFT_SET_ANONYMOUS, type Table } from "./messages.ts";
import { digestIn } from "./user_data.ts";

const NFT_MSG_GETTABLE = 1;
const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_GETRULE = 7;
const NFT_MSG_GETSET = 10;
const NFT_MSG_GETOBJ = 19;
/** Of chains, rules, sets and objects alike. */
const NFTA_TABLE = 1;
const NFTA_TABLE_FLAGS = 2;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_POLICY = 5;
const NFTA_CHAIN_TYPE = 7;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_HOOK_PRIORITY = 2;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_USERDATA = 7;
const NFTA_SET_NAME = 2;
const NFTA_SET_FLAGS = 3;
const NFTA_SET_KEY_TYPE = 4;
const NFTA_OBJ_NAME = 2;
const NFTA_OBJ_TYPE = 3;
const NFTA_OBJ_DATA = 4;
const NFTA_COUNTER_BYTES = 1;
const NFTA_COUNTER_PACKETS = 2;

/** NFT_TABLE_F_*: 0 for a table that is in force, and anybody's. @throws {KernelError} ENOENT where there is none */
export function tableFlags(socket: NetlinkSocket, table: Table): number {
  const { payload } = socket.query(inTable(NFT_MSG_GETTABLE, table));
  return new Attributes(payload, nfgenmsgLength).u32be(NFTA_TABLE_FLAGS) ?? 0;
}

/** `filter 2 -1 1`: type, hook, priority, policy. Empty for a chain that is none. */
export function hookText(type: string, hook: number, priority: number, policy: number): string {
  return `${type} ${hook} ${priority | 0} ${policy}`;
}

/** The table's chains: where they are hooked, `hookText`. */
export function listChains(socket: NetlinkSocket, table: Table): Map<string, string> {
  const chains = new Map<string, string>();
  // The kernel lists those of all tables.
  for (const { payload } of socket.dump(nftablesMessage(NFT_MSG_GETCHAIN, table.family))) {
    const chain = new Attributes(payload, nfgenmsgLength);
    if (chain.string(NFTA_TABLE) !== table.name) continue;
    const hook = chain.nested(NFTA_CHAIN_HOOK);
    chains.set(
      chain.string(NFTA_CHAIN_NAME)!,
      hook === undefined ? "" : hookText(
        chain.string(NFTA_CHAIN_TYPE) ?? "",
        hook.u32be(NFTA_HOOK_HOOKNUM) ?? -1,
        hook.u32be(NFTA_HOOK_PRIORITY) ?? 0,
        chain.u32be(NFTA_CHAIN_POLICY) ?? -1,
      ),
    );
  }
  return chains;
}

/** By chain, its rules as `digestsOf` has them. Chains without rules are not there. */
export function listRules(socket: NetlinkSocket, table: Table): Map<string, string> {
  const rules = new Map<string, string>();
  for (const { payload } of socket.dump(inTable(NFT_MSG_GETRULE, table))) {
    const rule = new Attributes(payload, nfgenmsgLength);
    const chain = rule.string(NFTA_RULE_CHAIN)!;
    const [before, digest] = [rules.get(chain), digestIn(rule.bytes(NFTA_RULE_USERDATA))];
    rules.set(chain, before === undefined ? digest : `${before} ${digest}`);
  }
  return rules;
}

/** The table's named sets, `setText`. */
export function listSets(socket: NetlinkSocket, table: Table): Map<string, string> {
  const sets = new Map<string, string>();
  for (const { payload } of socket.dump(inTable(NFT_MSG_GETSET, table))) {
    const set = new Attributes(payload, nfgenmsgLength);
    const flags = set.u32be(NFTA_SET_FLAGS) ?? 0;
    if (flags & NFT_SET_ANONYMOUS) continue;
    sets.set(set.string(NFTA_SET_NAME)!, setText(set.u32be(NFTA_SET_KEY_TYPE) ?? 0, flags));
  }
  return sets;
}

export function setText(keyType: number, flags: number): string {
  return `${keyType} ${flags}`;
}

export function listCounters(socket: NetlinkSocket, table: Table): Map<string, Count> {
  const counters = new Map<string, Count>();
  const request = inTable(NFT_MSG_GETOBJ, table).attrU32be(NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER);
  for (const { payload } of socket.dump(request)) {
    const object = new Attributes(payload, nfgenmsgLength);
    // Kernels before 6.x list those of all tables.
    if (object.string(NFTA_TABLE) !== table.name) continue;
    const data = object.nested(NFTA_OBJ_DATA);
    counters.set(object.string(NFTA_OBJ_NAME)!, {
      packets: data?.u64be(NFTA_COUNTER_PACKETS) ?? 0n,
      bytes: data?.u64be(NFTA_COUNTER_BYTES) ?? 0n,
    });
  }
  return counters;
}

function inTable(type: number, { family, name }: Table): NetlinkMessage {
  return nftablesMessage(type, family).string(NFTA_TABLE, name);
}
