// RTM_NEWQDISC and RTM_NEWTFILTER as the kernel answers them, as far as limits are made of them. Pure.

import { Attributes, type ReceivedMessage } from "../sys/netlink_message.ts";
import {
  TCA_ACT_KIND,
  TCA_ACT_OPTIONS,
  TCA_KIND,
  TCA_MIRRED_PARMS,
  TCA_OPTIONS,
  TCA_POLICE_RATE64,
  TCA_POLICE_TBF,
  TCA_TBF_PARMS,
  TCA_TBF_RATE64,
  TCA_U32_ACT,
} from "./tc_message.ts";

/** A qdisc as the kernel describes it; of a token bucket its rate (bytes a second) and burst (ticks). */
export interface Qdisc {
  readonly kind: string;
  readonly handle: number;
  readonly rate?: number;
  readonly ticks?: number;
}

export function readQdisc({ payload }: ReceivedMessage): Qdisc {
  const view = viewOf(payload);
  const attributes = new Attributes(payload, 20);
  const kind = attributes.string(TCA_KIND) ?? "";
  const handle = payload.length < 20 ? 0 : view.getUint32(8, true);
  const options = kind === "tbf" ? attributes.nested(TCA_OPTIONS) : undefined;
  const parameters = options?.bytes(TCA_TBF_PARMS);
  if (options === undefined || parameters === undefined || parameters.length < 36) return { kind, handle };
  return {
    kind,
    handle,
    rate: rateOf(options.bytes(TCA_TBF_RATE64), viewOf(parameters).getUint32(8, true)),
    ticks: viewOf(parameters).getUint32(28, true),
  };
}

/** What a filter of ours does. */
export type FilterAction =
  | { readonly kind: "mirred"; readonly to: number }
  | { readonly kind: "police"; readonly rate: number; readonly ticks: number };

/** Undefined for a filter of another kind, and for the tables of u32. */
export function readFilter({ payload }: ReceivedMessage): FilterAction | undefined {
  const attributes = new Attributes(payload, 20);
  if (attributes.string(TCA_KIND) !== "u32") return undefined;
  const action = attributes.nested(TCA_OPTIONS)?.nested(TCA_U32_ACT)?.nested(1);
  const options = action?.nested(TCA_ACT_OPTIONS);
  const kind = action?.string(TCA_ACT_KIND);
  if (kind === "mirred") {
    const parameters = options?.bytes(TCA_MIRRED_PARMS);
    return parameters && parameters.length >= 28 ? { kind, to: viewOf(parameters).getUint32(24, true) } : undefined;
  }
  const parameters = kind === "police" ? options?.bytes(TCA_POLICE_TBF) : undefined;
  if (parameters === undefined || parameters.length < 32) return undefined;
  const rate = rateOf(options?.bytes(TCA_POLICE_RATE64), viewOf(parameters).getUint32(28, true));
  return { kind: "police", rate, ticks: viewOf(parameters).getUint32(12, true) };
}

function rateOf(rate64: Uint8Array | undefined, rate: number): number {
  return rate64 === undefined || rate64.length < 8 ? rate : Number(viewOf(rate64).getBigUint64(0, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
