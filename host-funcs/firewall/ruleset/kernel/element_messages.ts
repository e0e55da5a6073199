// Elements of sets as messages of nf_tables. An interval is two of the kernel's elements: where it begins, and, with a
// flag, where it is over. One that reaches the largest value has no end.

import type { NamedSet } from "cnidaria:cni/nftables@0.3.0";
import { type NetlinkMessage, NLM_F_CREATE } from "../../../sys/netlink_message.ts";
import { nftablesMessage } from "../../../sys/nftables_message.ts";
import type { ElementStep } from "../own_set.ts";
import { keyLength } from "../set_key.ts";
import { bytesOf, type Span } from "../values.ts";
import type { Batch } from "./batch.ts";
import { appendVerdict, type Table } from "./messages.ts";

const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_DELSETELEM = 14;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_SET_ELEM_LIST_SET_ID = 4;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_SET_ELEM_FLAGS = 3;
const NFTA_DATA_VALUE = 1;
const NFT_SET_ELEM_INTERVAL_END = 0x1;

/** An attribute holds 64 KiB, less what is around the elements. */
const MAX_LIST_BYTES = 60_000;
/** Bytes of the attributes around an element's key, twice where it is an interval; and around a verdict with a name. */
const KEY_OVERHEAD = 24;
const VERDICT_BYTES = 128;

/** Appends the messages for `steps`, in their order. */
export function pushElements(batch: Batch, table: Table, set: NamedSet, steps: readonly ElementStep[]): void {
  const bytes = (keyLength(set.key) + KEY_OVERHEAD) * (set.intervals ? 2 : 1) + (set.verdicts ? VERDICT_BYTES : 0);
  const atOnce = Math.floor(MAX_LIST_BYTES / bytes);
  for (let start = 0, end = 0; start < steps.length; start = end) {
    const { add } = steps[start]!;
    while (end < steps.length && end - start < atOnce && steps[end]!.add === add) end++;
    const part = steps.slice(start, end);
    const what = part.length === 1 ? part[0]!.key.text : `${part.length} elements`;
    const message = listMessage(add, table, set.name).nest(NFTA_SET_ELEM_LIST_ELEMENTS, (list) => {
      for (const step of part) appendElement(list, set.intervals, step);
    });
    batch.push(`${add ? "add" : "delete"} ${what} ${add ? "to" : "from"} set ${set.name}`, message);
  }
}

/** The elements of a set that a rule of the same batch brings along. */
export function anonymousElements(table: Table, { name, intervals }: NamedSet, id: number, keys: readonly Span[]) {
  return listMessage(true, table, name)
    .attrU32be(NFTA_SET_ELEM_LIST_SET_ID, id)
    .nest(NFTA_SET_ELEM_LIST_ELEMENTS, (list) => {
      for (const key of keys) appendElement(list, intervals, { key, add: true });
    });
}

function listMessage(add: boolean, table: Table, set: string): NetlinkMessage {
  return nftablesMessage(add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, table.family, add ? NLM_F_CREATE : 0)
    .string(NFTA_SET_ELEM_LIST_TABLE, table.name)
    .string(NFTA_SET_ELEM_LIST_SET, set);
}

function appendElement(list: NetlinkMessage, interval: boolean, { key, verdict }: ElementStep): void {
  list.nest(NFTA_LIST_ELEM, (element) => {
    appendKey(element, key.first);
    if (verdict !== undefined) element.nest(NFTA_SET_ELEM_DATA, (data) => appendVerdict(data, verdict));
  });
  const end = interval ? next(key.last) : undefined;
  if (end === undefined) return;
  list.nest(NFTA_LIST_ELEM, (element) => {
    appendKey(element, end);
    element.attrU32be(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
  });
}

function appendKey(element: NetlinkMessage, value: string): void {
  element.nest(NFTA_SET_ELEM_KEY, (data) => void data.bytes(NFTA_DATA_VALUE, bytesOf(value)));
}

/** The value that follows; none after the largest. */
export function next(value: string): string | undefined {
  for (let at = value.length - 1; at >= 0; at--) {
    const byte = value.charCodeAt(at);
    if (byte < 0xff) return value.slice(0, at) + String.fromCharCode(byte + 1) + "\0".repeat(value.length - at - 1);
  }
  return undefined;
}
