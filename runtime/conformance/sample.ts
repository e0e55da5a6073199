// One ADD of each spec version, with what the kernel has of it: the cases on success results share it.

import { isObject } from "../cli/libcni/network_list.ts";
import type { CniVersion } from "../cni/version.ts";
import { Bench, type Subject } from "./bench.ts";
import type { KernelLink } from "./node.ts";

export interface Sample {
  readonly result: Record<string, unknown>;
  readonly netns: string;
  readonly ifname: string;
  /** Interfaces of the pod, and of the node. */
  readonly podLinks: readonly KernelLink[];
  readonly nodeLinks: readonly KernelLink[];
  readonly podRoutes: readonly { dst: string; gateway?: string }[];
}

const samples = new WeakMap<Subject, Map<CniVersion, Promise<Sample>>>();

/** @throws {Wrong} where the ADD fails, for every case that asks */
export function sampleOf({ subject, version }: Bench): Promise<Sample> {
  let known = samples.get(subject);
  if (known === undefined) samples.set(subject, known = new Map());
  let sample = known.get(version);
  if (sample === undefined) known.set(version, sample = take(subject, version));
  return sample;
}

async function take(subject: Subject, version: CniVersion): Promise<Sample> {
  await using bench = new Bench(subject, version);
  const at = bench.attachment();
  const result = await bench.add(at);
  return {
    result,
    netns: at.pod.path,
    ifname: at.ifname,
    podLinks: await at.pod.links(),
    nodeLinks: await bench.node.place.links(),
    podRoutes: await at.pod.routes(),
  };
}

/** An entry of `ips`; of results before 0.3.0, what `ip4` and `ip6` have. */
export interface ResultIp extends Record<string, unknown> {
  readonly address: string;
  readonly gateway?: string;
}

export function ipsOf(result: Record<string, unknown>): ResultIp[] {
  if (Array.isArray(result.ips)) return result.ips.filter(isObject) as ResultIp[];
  return [result.ip4, result.ip6].filter(isObject).map((ip) => ({ ...ip, address: String(ip.ip) })) as ResultIp[];
}

/** Addresses in CIDR notation. */
export function addressesOf(result: Record<string, unknown>): string[] {
  return ipsOf(result).map(({ address }) => address);
}
