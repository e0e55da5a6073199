// The configuration of bandwidth: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { Bandwidth, Limits } from "cnidaria:cni/traffic-control@0.3.0";
import { fields, invalidConfig, optional, options, parseConfig, u64 } from "../sdk/mod.ts";

/** What a burst can be is less than 4 GiB: tbf counts its bytes in 32 bits. */
const MOST_BURST = 2 ** 35 - 9;
const bits = fields.integer(0, Number.MAX_SAFE_INTEGER);
const ALL = "left out, or empty: subnets are not told apart";
const noSubnets = v.pipe(v.array(v.unknown(), ALL), v.maxLength(0, ALL));

const entries = {
  ingressRate: optional(bits, "What the container may receive, bits a second; 0 for no limit."),
  ingressBurst: optional(bits, "What it may receive at once, bits; see below where there is none."),
  egressRate: optional(bits, "What the container may send, bits a second; 0 for no limit."),
  egressBurst: optional(bits, "What it may send at once, bits; see below where there is none."),
};
const KEYS = Object.keys(entries) as (keyof typeof entries)[];

export const schema = options({
  ...entries,
  runtimeConfig: optional(
    fields.object({ bandwidth: v.exactOptional(fields.object(entries, "an object")) }, "an object"),
    "`bandwidth` has the same keys. It counts where the configuration itself has none of them.",
  ),
  shapedSubnets: optional(noSubnets, "Not supported: an error unless empty."),
  unshapedSubnets: optional(noSubnets, "Not supported: an error unless empty."),
});

/**
 * What runtimes give as burst where none was asked for: kubelet up to 1.23, containerd, and CRI-O (two). With these no
 * transfer shorter than some hundred megabytes would ever be limited (kubernetes/kubernetes#90838).
 */
const NO_BURST: ReadonlySet<number> = new Set([2 ** 31 - 1, 2 ** 32 - 1, (2 ** 32 - 1) * 8 - 1, (2 ** 32 - 1) * 8]);

/**
 * What the configuration asks for; empty where it limits nothing.
 *
 * @throws {CniError} code 6 or 7, naming the key
 */
export function limitsOf(text: string): Limits {
  const config = parseConfig(schema, text);
  const own = KEYS.some((key) => config[key] !== undefined);
  const { ingressRate, ingressBurst, egressRate, egressBurst } = own ? config : config.runtimeConfig?.bandwidth ?? {};
  const toContainer = bandwidth("ingress", ingressRate, ingressBurst);
  const fromContainer = bandwidth("egress", egressRate, egressBurst);
  return { ...toContainer && { toContainer }, ...fromContainer && { fromContainer } };
}

function bandwidth(way: string, rate = 0, given = 0): Bandwidth | undefined {
  const burst = NO_BURST.has(given) ? 0 : given;
  if (rate === 0) {
    if (burst !== 0) throw invalidConfig(`${way}Rate must be set where ${way}Burst is`);
    return undefined;
  }
  if (rate < 8) throw invalidConfig(`${way}Rate must be 8 or more, or 0 for no limit, but is ${rate}`);
  if (burst > MOST_BURST) throw invalidConfig(`${way}Burst must be less than 4 GiB, but is ${burst} bits`);
  if (burst > 0 && burst < 8) throw invalidConfig(`${way}Burst must be 8 or more, or 0 for a default, but is ${burst}`);
  return { rate: u64(rate), ...burst > 0 && { burst: u64(burst) } };
}
