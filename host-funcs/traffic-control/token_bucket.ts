// Token buckets: rates and bursts as the kernel has them. Pure. Source: include/net/pkt_sched.h, net/sched/sch_tbf.c.

import type { Bandwidth, Method } from "cnidaria:cni/traffic-control@0.3.0";
import { HostCallError } from "../error.ts";

/** Bytes a second, and bytes. */
export interface Bucket {
  readonly rate: number;
  readonly burst: number;
}

/** Time in a queue for what is no longer within the burst, milliseconds: that of upstream's plugin. */
const LATENCY_MS = 25;
/** What the slowest clock of a kernel needs between two ticks (CONFIG_HZ_100), for tc-tbf(8): a burst of rate / HZ. */
const TICK_MS = 10;
const LEAST_FRAMES = 10;
/** ETH_HLEN */
const FRAME_HEADER = 14;
/** The largest packet that a sender's offloads make (GSO_LEGACY_MAX_SIZE). tbf cuts it, a policer can only drop it. */
const LARGEST_PACKET = 65_536 + FRAME_HEADER;
const U32 = 0xffff_ffff;

/**
 * A bandwidth in the kernel's units, with a burst.
 *
 * @param mtu of the link, bytes
 * @throws {HostCallError} `invalid`
 */
export function bucketOf({ rate, burst }: Bandwidth, mtu: number, method: Method | "tbf"): Bucket {
  if (rate < 8n || rate > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new HostCallError("invalid", `Cannot limit traffic to ${rate} bit/s: the least is 8, the most 2^53 - 1`);
  }
  if (burst !== undefined && (burst < 8n || burst / 8n > U32 - 1)) {
    throw new HostCallError("invalid", `Cannot let ${burst} bits pass at once: the least are 8, the most 2^35 - 9`);
  }
  const bytes = Number(rate / 8n);
  return { rate: bytes, burst: burst === undefined ? defaultBurst(bytes, mtu, method) : Number(burst / 8n) };
}

/** See `bandwidth.burst` of the contract. */
function defaultBurst(rate: number, mtu: number, method: Method | "tbf"): number {
  const frames = LEAST_FRAMES * (mtu + FRAME_HEADER);
  const least = method === "police" ? Math.max(frames, LARGEST_PACKET) : frames;
  return Math.min(Math.max(Math.ceil(rate * TICK_MS / 1000), least), U32 - 1);
}

/** Bytes that may wait, those of the burst included. */
export function queueLimit({ rate, burst }: Bucket): number {
  return Math.min(Math.floor(rate * LATENCY_MS / 1000) + burst, U32);
}

/** How long the burst takes at the rate, in the kernel's ticks of 64 ns: of those it shows 32 bits. */
export function ticksOf(bucket: Bucket): number {
  return Number(allTicks(bucket) & 0xffff_ffffn);
}

/** As `ticksOf`, but for police, which knows a burst by nothing else: 275 seconds at most. */
export function policeTicksOf(bucket: Bucket): number {
  return Math.min(Number(allTicks(bucket)), U32);
}

function allTicks({ rate, burst }: Bucket): bigint {
  return BigInt(burst) * 1_000_000_000n / BigInt(rate) / 64n;
}

/** Whether that is the kernel's number for the bucket, which calculates with rounded factors. */
export function isBurstOf(bucket: Bucket, ticks: number): boolean {
  return [ticksOf(bucket), policeTicksOf(bucket)].some((wanted) => Math.abs(ticks - wanted) <= 1 + wanted / 10_000);
}

/** For a person: `8 Mbit/s`, `1.5 Gbit/s`. @param rate bytes a second */
export function rateText(rate: number): string {
  let value = rate * 8;
  for (const unit of ["bit/s", "kbit/s", "Mbit/s"]) {
    if (value < 1000) return `${rounded(value)} ${unit}`;
    value /= 1000;
  }
  return `${rounded(value)} Gbit/s`;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
