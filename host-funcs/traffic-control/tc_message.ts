// RTM_*QDISC and RTM_*TFILTER messages to the kernel. Pure. Source: include/uapi/linux/{rtnetlink,pkt_sched,pkt_cls}.h,
// include/uapi/linux/tc_act/tc_mirred.h.

import { NetlinkMessage, NLM_F_ACK, NLM_F_CREATE } from "../sys/netlink_message.ts";
import { type Bucket, policeTicksOf, queueLimit, ticksOf } from "./token_bucket.ts";

export const RTM_NEWQDISC = 36;
export const RTM_DELQDISC = 37;
export const RTM_GETQDISC = 38;
export const RTM_NEWTFILTER = 44;
export const RTM_DELTFILTER = 45;
export const RTM_GETTFILTER = 46;
export const RTM_NEWACTION = 48;
/** The answer to a request for a qdisc comes to its sender only with this. */
const NLM_F_ECHO = 0x8;

export const TC_H_ROOT = 0xffff_ffff;
export const TC_H_INGRESS = 0xffff_fff1;
/** `1:` */
export const TBF_HANDLE = 0x1_0000;
/** `ffff:` */
export const INGRESS_HANDLE = 0xffff_0000;

export const TCA_KIND = 1;
export const TCA_OPTIONS = 2;
export const TCA_ACT_TAB = 1;
export const TCA_TBF_PARMS = 1;
export const TCA_TBF_RATE64 = 4;
const TCA_TBF_BURST = 6;
const TCA_U32_SEL = 5;
export const TCA_U32_ACT = 7;
export const TCA_ACT_KIND = 1;
export const TCA_ACT_OPTIONS = 2;
export const TCA_MIRRED_PARMS = 2;
export const TCA_POLICE_TBF = 1;
const TCA_POLICE_RATE = 2;
export const TCA_POLICE_RATE64 = 8;

/** A rate's packets are as long as they are: then tbf needs no table of them. */
const TC_LINKLAYER_ETHERNET = 1;
const TC_U32_TERMINAL = 1;
const TC_ACT_SHOT = 2;
const TC_ACT_STOLEN = 4;
const TCA_EGRESS_REDIR = 1;
/** Of the only filter on the ingress qdisc. */
const PRIORITY = 1;
/** ETH_P_ALL in network order. */
const ALL_PROTOCOLS = 0x0300;
const U32 = 0xffff_ffff;

function tcMessage(
  type: number,
  index: number,
  { handle = 0, parent = 0, info = 0, flags = 0 }: { handle?: number; parent?: number; info?: number; flags?: number },
): NetlinkMessage {
  return new NetlinkMessage(type, flags).u8(0, 0).u16(0).u32(index).u32(handle).u32(parent).u32(info);
}

/** A token bucket at the root of a link. @param flags NLM_F_EXCL or NLM_F_REPLACE */
export function tbfMessage(index: number, bucket: Bucket, flags: number): NetlinkMessage {
  const at = { handle: TBF_HANDLE, parent: TC_H_ROOT, flags: NLM_F_CREATE | flags };
  return tcMessage(RTM_NEWQDISC, index, at).string(TCA_KIND, "tbf").nest(TCA_OPTIONS, (options) => {
    const { rate, burst } = bucket;
    // struct tc_tbf_qopt: the rate, a peak rate, limit, buffer, MTU of the peak rate.
    options.bytes(TCA_TBF_PARMS, words(...rateSpec(rate, 0), 0, 0, 0, queueLimit(bucket), ticksOf(bucket), 0));
    options.attrU32(TCA_TBF_BURST, burst);
    if (rate > U32) options.bytes(TCA_TBF_RATE64, u64(rate));
  });
}

export function ingressMessage(index: number, flags: number): NetlinkMessage {
  const at = { handle: INGRESS_HANDLE, parent: TC_H_INGRESS, flags: NLM_F_CREATE | flags };
  return tcMessage(RTM_NEWQDISC, index, at).string(TCA_KIND, "ingress");
}

/** Only a qdisc of that kind with a handle of ours is deleted. */
export function deleteQdiscMessage(index: number, kind: "tbf" | "ingress"): NetlinkMessage {
  const at = kind === "tbf"
    ? { handle: TBF_HANDLE, parent: TC_H_ROOT }
    : { handle: INGRESS_HANDLE, parent: TC_H_INGRESS };
  return tcMessage(RTM_DELQDISC, index, at).string(TCA_KIND, kind);
}

/** Everything that comes in goes out by another link. */
export function redirectMessage(index: number, to: number, flags: number): NetlinkMessage {
  return filterMessage(index, flags, "mirred", (options) => {
    // struct tc_mirred: tc_gen (index, capab, action, refcnt, bindcnt), eaction, ifindex.
    options.bytes(TCA_MIRRED_PARMS, words(0, 0, TC_ACT_STOLEN, 0, 0, TCA_EGRESS_REDIR, to));
  });
}

/** What comes in beyond the bucket is dropped. */
export function policeMessage(index: number, { rate, burst }: Bucket, flags: number): NetlinkMessage {
  return filterMessage(index, flags, "police", (options) => {
    // struct tc_police: index, action, limit, burst, mtu, the rate, a peak rate, refcnt, bindcnt, capab.
    const ticks = policeTicksOf({ rate, burst });
    const parameters = [0, TC_ACT_SHOT, 0, ticks, U32, ...rateSpec(rate, CELL_LOG), 0, 0, 0, 0, 0, 0];
    options.bytes(TCA_POLICE_TBF, words(...parameters));
    options.bytes(TCA_POLICE_RATE, words(...rateTable(rate)));
    if (rate > U32) options.bytes(TCA_POLICE_RATE64, u64(rate));
  });
}

/** u32 with a key that matches everything: the kernel may lack matchall, and upstream's plugin needs u32 as well. */
function filterMessage(
  index: number,
  flags: number,
  action: string,
  fill: (options: NetlinkMessage) => void,
): NetlinkMessage {
  const at = { parent: INGRESS_HANDLE, info: PRIORITY * 0x1_0000 + ALL_PROTOCOLS, flags: NLM_F_CREATE | flags };
  return tcMessage(RTM_NEWTFILTER, index, at).string(TCA_KIND, "u32").nest(TCA_OPTIONS, (options) => {
    options.nest(TCA_U32_ACT, (actions) => {
      actions.nest(1, (first) => first.string(TCA_ACT_KIND, action).nest(TCA_ACT_OPTIONS, fill));
    });
    // struct tc_u32_sel: flags, offshift, number of keys; then one key: mask, value, offset, mask of the offset.
    options.bytes(TCA_U32_SEL, words(TC_U32_TERMINAL | 1 << 16, 0, 0, 0, 0, 0, 0, 0));
  });
}

/** All filters of ours. */
export function deleteFiltersMessage(index: number): NetlinkMessage {
  const at = { parent: INGRESS_HANDLE, info: PRIORITY * 0x1_0000 + ALL_PROTOCOLS };
  return tcMessage(RTM_DELTFILTER, index, at);
}

/** Asks for the qdisc at the root. Of one that the kernel has by itself there is no answer but the ACK. */
export function rootQdiscQuery(index: number): NetlinkMessage {
  return tcMessage(RTM_GETQDISC, index, { parent: TC_H_ROOT, flags: NLM_F_ECHO | NLM_F_ACK });
}

/** Asks, by a dump, for the filters on what comes in. */
export function ingressFiltersQuery(index: number): NetlinkMessage {
  return tcMessage(RTM_GETTFILTER, index, { parent: INGRESS_HANDLE });
}

/** An action that lacks its parameters: the answer tells whether the kernel knows it. Nothing is made. */
export function actionProbe(kind: string): NetlinkMessage {
  return new NetlinkMessage(RTM_NEWACTION, NLM_F_CREATE).u8(0, 0).u16(0)
    .nest(TCA_ACT_TAB, (actions) => actions.nest(1, (first) => first.string(TCA_ACT_KIND, kind)));
}

/** The same for tbf. */
export function tbfProbe(index: number, flags: number): NetlinkMessage {
  const at = { handle: TBF_HANDLE, parent: TC_H_ROOT, flags: NLM_F_CREATE | flags };
  return tcMessage(RTM_NEWQDISC, index, at).string(TCA_KIND, "tbf");
}

/** struct tc_ratespec: cell_log, linklayer, overhead; cell_align, mpu; rate. */
function rateSpec(rate: number, cellLog: number): number[] {
  return [cellLog | TC_LINKLAYER_ETHERNET << 8, 0xffff * Number(cellLog > 0), Math.min(rate, U32)];
}

/** Cells of 8 bytes. A policer refuses to be without a table, and has not read it since Linux 3.10. */
const CELL_LOG = 3;

function rateTable(rate: number): number[] {
  return Array.from({ length: 256 }, (_, cell) => ticksOf({ rate, burst: (cell + 1) << CELL_LOG }));
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = viewOf(bytes);
  for (const [at, value] of values.entries()) view.setUint32(at * 4, value, true);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
