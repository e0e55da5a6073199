// net-conf.json, Flannel's configuration of a network.

import * as v from "valibot";
import {
  bitsOf,
  type Family,
  formatAddress,
  formatNetwork,
  type IpNetwork,
  parseAddress,
  parseNetwork,
} from "../../host-funcs/ip_number.ts";

const length = v.pipe(v.number(), v.integer(), v.minValue(0));
const network = (family: Family) =>
  v.pipe(
    v.string(),
    v.check((text) => parseNetwork(text)?.family === family, `expected a network of IPv${family} in CIDR notation`),
  );
const address = (family: Family) =>
  v.pipe(
    v.string(),
    v.check((text) => parseAddress(text)?.family === family, `expected an address of IPv${family}`),
  );

const schema = v.object({
  EnableIPv4: v.optional(v.boolean(), true),
  EnableIPv6: v.optional(v.boolean(), false),
  Network: v.optional(network(4)),
  IPv6Network: v.optional(network(6)),
  SubnetLen: v.optional(length),
  IPv6SubnetLen: v.optional(length),
  SubnetMin: v.optional(address(4)),
  SubnetMax: v.optional(address(4)),
  IPv6SubnetMin: v.optional(address(6)),
  IPv6SubnetMax: v.optional(address(6)),
  /** Its other keys are the backend's own. */
  Backend: v.optional(v.looseObject({ Type: v.pipe(v.string(), v.minLength(1)) }), { Type: "udp" }),
});

type NetConf = v.InferOutput<typeof schema>;

/** A network: of each family that is enabled, its range and the length of one node's subnet. */
export interface NetworkConfig {
  readonly ipv4?: NetworkRange;
  readonly ipv6?: NetworkRange;
  readonly backendType: string;
  /** The whole of net-conf.json, for the backend. */
  readonly text: string;
}

export interface NetworkRange {
  /** CIDR notation, canonical. */
  readonly network: string;
  /** Prefix length of one node's subnet. */
  readonly subnetLength: number;
  /** Addresses of the first and the last subnet that may be given. The network's very first is not, by default. */
  readonly first: string;
  readonly last: string;
}

/** net-conf.json that cannot be used. The message names the key. */
export class NetworkConfigError extends Error {
  override readonly name = "NetworkConfigError";
}

/** The keys of one family, and its usual and longest length of a subnet. */
const FAMILIES = {
  4: { on: "EnableIPv4", net: "Network", len: "SubnetLen", min: "SubnetMin", max: "SubnetMax", usual: 24, most: 30 },
  6: {
    on: "EnableIPv6",
    net: "IPv6Network",
    len: "IPv6SubnetLen",
    min: "IPv6SubnetMin",
    max: "IPv6SubnetMax",
    usual: 64,
    most: 126,
  },
} as const;

/**
 * Parses net-conf.json. Keys that Flannel does not know are let pass, as it does.
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
    const key = v.getDotPath(issue);
    throw fail(`${key === null ? "it" : `its key "${key}"`} is invalid: ${issue.message}`);
  }
  const conf = checked.output;
  if (!conf.EnableIPv4 && !conf.EnableIPv6) throw fail('both "EnableIPv4" and "EnableIPv6" are false');
  return {
    ...conf.EnableIPv4 && { ipv4: range(conf, 4, fail) },
    ...conf.EnableIPv6 && { ipv6: range(conf, 6, fail) },
    backendType: conf.Backend.Type,
    text,
  };
}

function range(conf: NetConf, family: Family, fail: (why: string) => NetworkConfigError): NetworkRange {
  const { on, net, len, min, max } = FAMILIES[family];
  const text = conf[net];
  if (text === undefined) throw fail(`its key "${net}" is missing, and "${on}" is true`);
  const network = parseNetwork(text)!;
  const subnetLength = lengthOf(network, conf[len] || undefined, fail);
  const size = 1n << BigInt(bitsOf(family) - subnetLength);
  const bound = (key: typeof min | typeof max, usual: bigint): bigint => {
    const value = conf[key];
    if (value === undefined) return usual;
    const { number } = parseAddress(value)!;
    if (number < network.first || number > network.last) throw fail(`its key "${key}" is outside of ${text}: ${value}`);
    if (number % size !== 0n) throw fail(`its key "${key}" is not where a subnet of /${subnetLength} begins: ${value}`);
    return number;
  };
  const [first, last] = [bound(min, network.first + size), bound(max, network.last + 1n - size)];
  if (first > last) throw fail(`its key "${min}" is above "${max}"`);
  return {
    network: formatNetwork(network),
    subnetLength,
    first: formatAddress(family, first),
    last: formatAddress(family, last),
  };
}

/** The length of one node's subnet: at least four of them are in the network. */
function lengthOf(
  { family, prefix }: IpNetwork,
  given: number | undefined,
  fail: (why: string) => NetworkConfigError,
): number {
  const { net, len, usual, most } = FAMILIES[family];
  if (given === undefined) {
    if (prefix > most - 2) throw fail(`its key "${net}" is too small: /${prefix}, and /${most - 2} is the smallest`);
    return Math.max(usual, prefix + 2);
  }
  if (given > most) throw fail(`its key "${len}" is ${given}, and ${most} is the most`);
  if (given < prefix + 2) {
    throw fail(`its key "${len}" is ${given}, and has to be ${prefix + 2} or more for a network of /${prefix}`);
  }
  return given;
}
