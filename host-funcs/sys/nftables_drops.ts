// Base chains in the forward hook that drop what they do not accept. What one of them drops stays dropped, whatever any
// other table accepts: nftables(8), "VERDICT STATEMENT". Source: include/uapi/linux/netfilter/nf_tables.h.

import { ENOENT, isErrno } from "./errno.ts";
import { Attributes, NetlinkMessage, readAttributes } from "./netlink_message.ts";
import type { NetlinkSocket } from "./netlink_socket.ts";
import { nfgenmsgLength, nftablesMessageType } from "./nftables_message.ts";

/** Such a chain. */
export interface ForwardDrop {
  /** `inet`, `ip`, `ip6` or `bridge`. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** `its policy is drop` */
  readonly reason: string;
}

const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_GETRULE = 7;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_POLICY = 5;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_IMMEDIATE_DATA = 2;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_TARGET_NAME = 1;
/** NF_INET_FORWARD, and NF_BR_FORWARD. */
const FORWARD = 2;
/** NF_DROP */
const DROP = 0;
/** NFPROTO_* of the families whose packets a pod sends or gets. */
const FAMILIES: Readonly<Record<number, string>> = { 1: "inet", 2: "ip", 10: "ip6", 7: "bridge" };
/** Expressions that let every packet through to the next one. */
const PASSING: ReadonlySet<string> = new Set(["counter", "log"]);

/**
 * Lists them. A chain of iptables-legacy is none of nf_tables.
 *
 * @param isOwn whether a table is not to be looked at
 * @throws {KernelError}
 */
export function forwardDrops(socket: NetlinkSocket, isOwn: (table: string) => boolean): ForwardDrop[] {
  const unspecified = new NetlinkMessage(nftablesMessageType(NFT_MSG_GETCHAIN)).u8(0, 0, 0, 0);
  return socket.dump(unspecified).flatMap(({ payload }) => {
    const attributes = new Attributes(payload, nfgenmsgLength);
    const hook = attributes.nested(NFTA_CHAIN_HOOK);
    const number = payload[0]!;
    const family = FAMILIES[number];
    if (hook === undefined || family === undefined || numberOf(hook, NFTA_HOOK_HOOKNUM) !== FORWARD) return [];
    const [table, chain] = [attributes.string(NFTA_CHAIN_TABLE)!, attributes.string(NFTA_CHAIN_NAME)!];
    if (isOwn(table)) return [];
    const reason = numberOf(attributes, NFTA_CHAIN_POLICY) === DROP
      ? "its policy is drop"
      : lastRule(socket, number, table, chain);
    return reason === undefined ? [] : [{ family, table, chain, reason }];
  });
}

/** As firewalld does, and many a rule file: the policy is to accept, and a last rule drops all that is left. */
function lastRule(socket: NetlinkSocket, family: number, table: string, chain: string): string | undefined {
  const message = new NetlinkMessage(nftablesMessageType(NFT_MSG_GETRULE)).u8(family, 0, 0, 0)
    .string(NFTA_RULE_TABLE, table).string(NFTA_RULE_CHAIN, chain);
  try {
    const last = socket.dump(message).at(-1);
    return last === undefined ? undefined : refusalOf(new Attributes(last.payload, nfgenmsgLength));
  } catch (error) {
    // Gone since.
    if (isErrno(error, ENOENT)) return undefined;
    throw error;
  }
}

function refusalOf(rule: Attributes): string | undefined {
  const expressions = readAttributes(rule.bytes(NFTA_RULE_EXPRESSIONS) ?? new Uint8Array())
    .map(([, bytes]) => new Attributes(bytes));
  const [first, ...others] = expressions.filter((it) => !PASSING.has(it.string(NFTA_EXPR_NAME) ?? ""));
  if (first === undefined || others.length > 0) return undefined;
  const data = first.nested(NFTA_EXPR_DATA);
  switch (first.string(NFTA_EXPR_NAME)) {
    case "reject":
      return "its last rule rejects";
    case "target":
      return data?.string(NFTA_TARGET_NAME) === "REJECT" ? "its last rule rejects" : undefined;
    case "immediate": {
      const verdict = data?.nested(NFTA_IMMEDIATE_DATA)?.nested(NFTA_DATA_VERDICT);
      return verdict !== undefined && numberOf(verdict, NFTA_VERDICT_CODE) === DROP ? "its last rule drops" : undefined;
    }
    default:
      return undefined;
  }
}

/** Numbers of nf_tables are in network order. */
function numberOf(attributes: Attributes, type: number): number | undefined {
  const bytes = attributes.bytes(type);
  if (bytes === undefined || bytes.length < 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
