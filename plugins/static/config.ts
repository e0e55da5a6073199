// The configuration of static: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { Attachment, ResultIp } from "cnidaria:cni/types@0.3.0";
import {
  addressOf,
  argument,
  canonicalCidr,
  contains,
  familyOf,
  fields,
  invalidConfig,
  networkOf,
  parseConfig,
  validate,
} from "../sdk/mod.ts";

const requests = v.optional(v.array(fields.cidr, "a list of addresses in CIDR notation"), []);

export const schema = fields.object({
  cniVersion: v.optional(fields.text, "0.1.0"),
  ipam: fields.object({
    addresses: v.optional(
      v.array(fields.object({ address: fields.cidr, gateway: v.exactOptional(fields.address) }, "an object"), "a list"),
      [],
    ),
    routes: v.optional(v.array(fields.route, "a list of routes"), []),
    dns: v.optional(fields.dns),
  }, "an object"),
  runtimeConfig: v.optional(fields.object({ ips: requests }, "an object"), {}),
  args: v.optional(
    fields.object({ cni: v.optional(fields.object({ ips: requests }, "an object"), {}) }, "an object"),
    {},
  ),
});

export type StaticConfig = v.InferOutput<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): StaticConfig {
  return parseConfig(schema, text);
}

/**
 * The addresses to give: `runtimeConfig.ips` if there are any, else `args.cni.ips`, else `ipam.addresses` and then those
 * of CNI_ARGS. GATEWAY of CNI_ARGS counts for the addresses of CNI_ARGS and the configuration whose networks hold it.
 *
 * @throws {CniError} code 7
 */
export function staticAddresses(config: StaticConfig, at: Attachment): ResultIp[] {
  const { ips: fromRuntime } = config.runtimeConfig;
  const { ips: fromArgs } = config.args.cni;
  const chosen = fromRuntime.length > 0 ? fromRuntime : fromArgs;
  const ips = chosen.length > 0
    ? chosen.map((address): ResultIp => ({ address: canonicalCidr(address) }))
    : withArgumentGateways([...config.ipam.addresses.map(toIp), ...argumentAddresses(at)], at);
  refuseManyInOldVersions(config.cniVersion, ips);
  return ips;
}

function toIp(entry: { address: string; gateway?: string }): ResultIp {
  return { ...entry, address: canonicalCidr(entry.address) };
}

/** `IP=10.1.0.5/16,fd00::5/64` of CNI_ARGS. */
function argumentAddresses(at: Attachment): ResultIp[] {
  return listOf(argument(at, "IP")).map((text) => ({
    address: canonicalCidr(validate(fields.cidr, text, "IP of CNI_ARGS")),
  }));
}

/** `GATEWAY=10.1.0.1,fd00::1` of CNI_ARGS. */
function withArgumentGateways(ips: ResultIp[], at: Attachment): ResultIp[] {
  const gateways = listOf(argument(at, "GATEWAY")).map((text) => validate(fields.address, text, "GATEWAY of CNI_ARGS"));
  return ips.map((ip) => {
    const gateway = gateways.findLast((candidate) => contains(networkOf(ip.address), candidate));
    return gateway === undefined ? ip : { ...ip, gateway };
  });
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(",").map((part) => part.trim());
}

/** Before 0.3.0 a result had room for one address of each family. */
function refuseManyInOldVersions(cniVersion: string, ips: readonly ResultIp[]): void {
  if (!/^0\.[12]\./.test(cniVersion)) return;
  for (const family of [4, 6] as const) {
    const same = ips.filter((ip) => familyOf(ip.address) === family).map((ip) => addressOf(ip.address));
    if (same.length > 1) {
      throw invalidConfig(
        `${same.join(", ")} are several IPv${family} addresses, but cniVersion ${cniVersion} has room for one`,
      );
    }
  }
}
