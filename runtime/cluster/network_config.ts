// net-conf.json, Flannel's configuration of a network.

import * as v from "valibot";
import { parseCidr } from "cidr-tools";

const subnetLength = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const cidr = (version: 4 | 6) =>
  v.pipe(
    v.string(),
    v.check((text) => isNetwork(text, version), `expected a network of IPv${version} in CIDR notation`),
  );
const address = v.pipe(v.string(), v.minLength(1));

const schema = v.pipe(
  v.object({
    EnableIPv4: v.optional(v.boolean(), true),
    EnableIPv6: v.optional(v.boolean(), false),
    Network: v.optional(cidr(4)),
    IPv6Network: v.optional(cidr(6)),
    SubnetLen: v.optional(subnetLength(30)),
    IPv6SubnetLen: v.optional(subnetLength(126)),
    SubnetMin: v.optional(address),
    SubnetMax: v.optional(address),
    IPv6SubnetMin: v.optional(address),
    IPv6SubnetMax: v.optional(address),
    /** Its other keys are the backend's own. */
    Backend: v.optional(v.looseObject({ Type: v.string() }), { Type: "udp" }),
  }),
);

/** A network: of each family that is enabled, its range and the length of one node's subnet. */
export interface NetworkConfig {
  readonly ipv4?: NetworkRange;
  readonly ipv6?: NetworkRange;
  readonly backendType: string;
  /** The whole of net-conf.json, for the backend. */
  readonly text: string;
}

export interface NetworkRange {
  /** CIDR notation. */
  readonly network: string;
  /** Prefix length of one node's subnet. */
  readonly subnetLength: number;
  /** First and last subnet that may be given, addresses; from `SubnetMin` and `SubnetMax` where they are. */
  readonly first?: string;
  readonly last?: string;
}

/** net-conf.json that cannot be used. The message names the key. */
export class NetworkConfigError extends Error {
  override readonly name = "NetworkConfigError";
}

/**
 * Parses net-conf.json.
 *
 * @param where for messages
 * @throws {NetworkConfigError}
 */
export function parseNetworkConfig(text: string, where: string): NetworkConfig {
  const fail = (why: string) => new NetworkConfigError(`Cannot use the network configuration ${where} as ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(`it is no JSON: ${(error as Error).message}`);
  }
  const checked = v.safeParse(schema, json, { abortEarly: true });
  if (!checked.success) {
    const [issue] = checked.issues;
    throw fail(`its key ${JSON.stringify(v.getDotPath(issue) ?? "")} is invalid: ${issue.message}`);
  }
  const it = checked.output;
  const need = (key: "Network" | "IPv6Network", enable: string): string => {
    const value = it[key];
    if (value === undefined) throw fail(`its key "${key}" is missing, and "${enable}" is true`);
    return value;
  };
  if (!it.EnableIPv4 && !it.EnableIPv6) throw fail('both "EnableIPv4" and "EnableIPv6" are false');
  return {
    ...it.EnableIPv4 &&
      { ipv4: range(need("Network", "EnableIPv4"), "SubnetLen", it.SubnetLen, it.SubnetMin, it.SubnetMax, fail) },
    ...it.EnableIPv6 && {
      ipv6: range(
        need("IPv6Network", "EnableIPv6"),
        "IPv6SubnetLen",
        it.IPv6SubnetLen,
        it.IPv6SubnetMin,
        it.IPv6SubnetMax,
        fail,
      ),
    },
    backendType: it.Backend.Type,
    text,
  };
}

/** Where there is no length: /24, or four subnets of a network that is smaller (IPv4); /64 (IPv6). As Flannel has it. */
function range(
  network: string,
  lengthKey: string,
  length: number | undefined,
  first: string | undefined,
  last: string | undefined,
  fail: (why: string) => NetworkConfigError,
): NetworkRange {
  const { version, prefix } = parseCidr(network);
  const own = Number(prefix);
  const usual = version === 4 ? (own < 24 ? 24 : own + 2) : (own < 64 ? 64 : own + 2);
  const subnetLength = length ?? usual;
  if (subnetLength <= own) {
    throw fail(`its key "${lengthKey}" is ${subnetLength}, which has to be more than the length of ${network}`);
  }
  return {
    network,
    subnetLength,
    ...first !== undefined && { first },
    ...last !== undefined && { last },
  };
}

function isNetwork(text: string, version: 4 | 6): boolean {
  try {
    const parsed = parseCidr(text);
    return parsed.version === version && text.includes("/") && parsed.start.toString() !== "";
  } catch {
    return false;
  }
}
