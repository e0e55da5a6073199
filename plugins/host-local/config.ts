// The configuration of host-local: its keys are those of the upstream plugin, and `cooldownSeconds`.

import * as v from "valibot";
import type { Pool } from "cnidaria:cni/leases@0.3.0";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import { argument, CniError, ErrorCodes, fields, invalidConfig, parseConfig, validate } from "../sdk/mod.ts";
import {
  completeRange,
  completeRangeSet,
  type RangeConfig,
  rangeSchema,
  type RangeSet,
  refuseOverlappingSets,
} from "./range.ts";

const rangeSets = v.array(v.array(rangeSchema, "a list of ranges"), "a list of range sets");
const addresses = v.optional(v.array(fields.addressOrCidr, "a list of IP addresses"), []);

export const schema = fields.object({
  type: v.optional(fields.text, ""),
  cniVersion: v.optional(fields.text, "0.1.0"),
  bridge: v.optional(fields.text, ""),
  ipam: fields.object({
    ...v.partial(rangeSchema).entries,
    ranges: v.optional(rangeSets, []),
    routes: v.optional(v.array(fields.route, "a list of routes"), []),
    dataDir: v.optional(fields.text, ""),
    resolvConf: v.optional(fields.text, ""),
    cooldownSeconds: v.optional(fields.integer(0, 86400), 0),
  }, "an object"),
  runtimeConfig: v.optional(fields.object({ ipRanges: v.optional(rangeSets, []), ips: addresses }, "an object"), {}),
  args: v.optional(
    fields.object({ cni: v.optional(fields.object({ ips: addresses }, "an object"), {}) }, "an object"),
    {},
  ),
});

type Config = v.InferOutput<typeof schema>;

export interface HostLocalConfig {
  /** One for each address that an attachment gets, in the order of the result. */
  readonly pools: readonly Pool[];
  readonly sets: readonly RangeSet[];
  readonly routes: Config["ipam"]["routes"];
  /** Where the leases are kept apart: `dataDir`, or empty. */
  readonly store: string;
  /** Empty for none. */
  readonly resolvConf: string;
  /** Addresses that `args` and `runtimeConfig` ask for, canonical. */
  readonly requested: readonly string[];
}

/**
 * Reads the configuration. Ranges come in upstream's order: those of the runtime, the one at the top of `ipam`, `ranges`.
 *
 * @throws {CniError} code 6 or 7, naming the key
 */
export function readConfig(text: string): HostLocalConfig {
  const config = parseConfig(schema, text);
  const { ipam } = config;
  const sets = [
    ...named(config.runtimeConfig.ipRanges, "runtimeConfig.ipRanges"),
    ...topLevelRange(ipam),
    ...named(ipam.ranges, "ipam.ranges"),
  ];
  if (sets.length === 0) {
    throw new CniError(
      ErrorCodes.invalidConfig,
      "Cannot lease addresses as the configuration names no range: give ipam.ranges, or ipam.subnet",
    );
  }
  refuseOverlappingSets(sets);
  refuseManyInOldVersions(config.cniVersion, sets);
  const domain = config.bridge || config.type;
  const pools = sets.map((set, index) => ({
    index,
    ranges: [...set.ranges],
    store: ipam.dataDir,
    domain,
    cooldown: ipam.cooldownSeconds,
  }));
  const requested = [...config.args.cni.ips, ...config.runtimeConfig.ips];
  return { pools, sets, routes: ipam.routes, store: ipam.dataDir, resolvConf: ipam.resolvConf, requested };
}

/** All addresses that are asked for, each once: CNI_ARGS `IP`, `args.cni.ips`, `runtimeConfig.ips`. */
export function requestedAddresses(config: HostLocalConfig, at: Attachment): string[] {
  const argumentText = argument(at, "IP");
  const fromArguments = argumentText === undefined
    ? []
    : [validate(fields.addressOrCidr, argumentText, "IP of CNI_ARGS")];
  return [...new Set([...fromArguments, ...config.requested])];
}

function named(sets: readonly RangeConfig[][], key: string): RangeSet[] {
  return sets.map((ranges, index) => completeRangeSet(ranges, `${key}[${index}]`));
}

/** `subnet`, `rangeStart`, `rangeEnd` and `gateway` beside `type`: how a single range was written first. */
function topLevelRange(ipam: Config["ipam"]): RangeSet[] {
  const { subnet, rangeStart, rangeEnd, gateway } = ipam;
  if (subnet === undefined) return [];
  const range = {
    subnet,
    ...rangeStart === undefined ? {} : { rangeStart },
    ...rangeEnd === undefined ? {} : { rangeEnd },
    ...gateway === undefined ? {} : { gateway },
  };
  return [{ key: "ipam.subnet", ranges: [completeRange(range, "ipam")] }];
}

/** Before 0.3.0 a result had room for one address of each family. */
function refuseManyInOldVersions(cniVersion: string, sets: readonly RangeSet[]): void {
  if (!/^0\.[12]\./.test(cniVersion)) return;
  for (const family of [4, 6]) {
    const keys = sets.filter((set) => set.ranges[0]!.subnet.includes(":") === (family === 6)).map((set) => set.key);
    if (keys.length > 1) {
      throw invalidConfig(
        `${keys.join(", ")} give several IPv${family} addresses, but cniVersion ${cniVersion} has room for one`,
      );
    }
  }
}
