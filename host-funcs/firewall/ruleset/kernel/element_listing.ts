// The elements of a set as the kernel has them, compared with those that are wanted. There may be many: so attributes are
// walked through here, without an object for each.

import type { NetlinkSocket } from "../../../sys/netlink_socket.ts";
import { nfgenmsgLength, nftablesMessage } from "../../../sys/nftables_message.ts";
import type { HeldSet } from "../ruleset.ts";
import { parseKey } from "../set_key.ts";
import { targetOf } from "../uses.ts";
import { next } from "./element_messages.ts";
import { type Table, verdictCodes } from "./messages.ts";

const NFT_MSG_GETSETELEM = 13;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_SET_ELEM_FLAGS = 3;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;
const TYPE_MASK = 0x3fff;
/** In the place of a verdict: where an interval is over. */
const END = "end";

/** Whether the kernel's elements of a set are just these. */
export function hasElements(socket: NetlinkSocket, table: Table, set: HeldSet): boolean {
  const wanted = new Set<string>();
  for (const [text, verdict] of set.elements) {
    const key = parseKey(set, text)!;
    const suffix = verdict === undefined ? "" : `${verdictCodes[verdict.tag]} ${targetOf(verdict) ?? ""}`;
    wanted.add(key.first + suffix);
    const end = set.intervals ? next(key.last) : undefined;
    if (end !== undefined) wanted.add(end + END);
  }
  let found = 0;
  const isWanted = (element: string) => {
    if (wanted.has(element)) return ++found > 0;
    // nft marks so that nothing is before the first interval.
    return set.intervals && /^\0+end$/.test(element);
  };
  return listElements(socket, table, set.name, isWanted) && found === wanted.size;
}

/** @param see called with each element: its key, then its verdict; ends the listing with false */
function listElements(socket: NetlinkSocket, table: Table, set: string, see: (element: string) => boolean): boolean {
  const request = nftablesMessage(NFT_MSG_GETSETELEM, table.family)
    .string(NFTA_SET_ELEM_LIST_TABLE, table.name)
    .string(NFTA_SET_ELEM_LIST_SET, set);
  return socket.dump(request).every(({ payload }) =>
    walk(
      payload,
      nfgenmsgLength,
      payload.length,
      (type, from, to) =>
        type !== NFTA_SET_ELEM_LIST_ELEMENTS ||
        walk(payload, from, to, (_, start, end) => see(elementText(payload, start, end))),
    )
  );
}

function elementText(bytes: Uint8Array, from: number, to: number): string {
  let [key, suffix] = ["", ""];
  walk(bytes, from, to, (type, start, end) => {
    // Of a key's data the value is all that there is.
    if (type === NFTA_SET_ELEM_KEY) {
      walk(bytes, start, end, (kind, first, last) => {
        if (kind === NFTA_DATA_VALUE) key = textOf(bytes, first, last);
        return true;
      });
    } else if (type === NFTA_SET_ELEM_DATA) suffix = verdictText(bytes, start, end);
    else if (type === NFTA_SET_ELEM_FLAGS && bytes[end - 1]! & 1) suffix = END;
    return true;
  });
  return key + suffix;
}

function verdictText(bytes: Uint8Array, from: number, to: number): string {
  let [code, chain] = ["", ""];
  walk(
    bytes,
    from,
    to,
    (type, start, end) =>
      type !== NFTA_DATA_VERDICT || walk(bytes, start, end, (kind, first, last) => {
        // In network order: the codes that there are, fit into the last byte.
        if (kind === NFTA_VERDICT_CODE) code = String(bytes[first]! === 0 ? bytes[last - 1] : bytes[last - 1]! - 256);
        else if (kind === NFTA_VERDICT_CHAIN) chain = textOf(bytes, first, last - 1);
        return true;
      }),
  );
  return `${code} ${chain}`;
}

/** @param see called with each attribute and where its value is, until it answers false */
function walk(
  bytes: Uint8Array,
  from: number,
  to: number,
  see: (type: number, from: number, to: number) => boolean,
): boolean {
  for (let at = from; at + 4 <= to;) {
    const length = bytes[at]! | bytes[at + 1]! << 8;
    if (length < 4 || at + length > to) break;
    if (!see((bytes[at + 2]! | bytes[at + 3]! << 8) & TYPE_MASK, at + 4, at + length)) return false;
    at += (length + 3) & ~3;
  }
  return true;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
