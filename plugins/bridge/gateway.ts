// Which addresses the bridge needs, and what stands in their way. Pure.

import type { CniResult, ResultIp } from "cnidaria:cni/types@0.3.0";
import {
  canonicalCidr,
  CniError,
  defaultDestination,
  ErrorCodes,
  familyOf,
  firstAddressOf,
  isLinkLocal,
  networkOf,
  overlaps,
  prefixLengthOf,
  sameAddress,
} from "../sdk/mod.ts";
import type { BridgeConfig } from "./config.ts";

/** Index of the container's interface in the results of this plugin. */
export const CONTAINER_INDEX = 2;

/**
 * The IPAM plugin's result as the attachment is to have it: addresses on the container's interface, a gateway for each
 * where the bridge is one, a default route for each family where it is the default one.
 *
 * @throws {CniError} if there is no address, or an address is its own gateway
 */
export function layer3Result(ipam: CniResult, config: BridgeConfig): Omit<CniResult, "interfaces"> {
  if (ipam.ips.length === 0) {
    throw new CniError(
      ErrorCodes.invalidConfig,
      `Cannot attach to bridge ${config.bridge} as the IPAM plugin ${config.ipam.type} gave no address`,
    );
  }
  const ips = ipam.ips.map((ip) => withGateway(ip, config));
  const routes = [...ipam.routes];
  if (config.isDefaultGateway) {
    for (const family of [4, 6] as const) {
      const gw = ips.find((ip) => familyOf(ip.address) === family)?.gateway;
      const dst = defaultDestination(family);
      const present = routes.some((route) => route.gw !== undefined && canonicalCidr(route.dst) === dst);
      if (gw !== undefined && !present) routes.push({ dst, gw });
    }
  }
  return { ips, routes, dns: ipam.dns };
}

function withGateway(ip: ResultIp, config: BridgeConfig): ResultIp {
  const gateway = ip.gateway ?? (config.isGateway ? firstAddressOf(ip.address) : undefined);
  if (config.isGateway && gateway !== undefined && sameAddress(gateway, ip.address.split("/")[0]!)) {
    throw new CniError(
      ErrorCodes.invalidConfig,
      `Cannot attach ${ip.address} to bridge ${config.bridge} as it is the gateway's own address: give another to the ` +
        `container, or another gateway in ipam`,
    );
  }
  const base = { address: ip.address, interface: CONTAINER_INDEX };
  return gateway === undefined ? base : { ...base, gateway };
}

/** What has to change on the bridge for it to be the gateway of `ips`. */
export interface GatewayChanges {
  readonly add: string[];
  /** Only with forceAddress. */
  readonly remove: string[];
}

/**
 * Compares the addresses of the bridge with those it needs. A bridge keeps IPv6 addresses of other subnets; of IPv4 it
 * has those of this network only.
 *
 * @param present addresses of the bridge, CIDR notation
 * @throws {CniError} naming both addresses, where another is there and forceAddress isn't set
 */
export function gatewayChanges(
  link: string,
  ips: readonly ResultIp[],
  present: readonly string[],
  forceAddress: boolean,
): GatewayChanges {
  const wanted = [...new Set(ips.filter((ip) => ip.gateway !== undefined).map(gatewayCidr))];
  const held = present.filter((cidr) => !isLinkLocal(cidr)).map(canonicalCidr);
  const remove = held.filter((cidr) => !wanted.includes(cidr) && wanted.some((gateway) => conflicts(cidr, gateway)));
  if (remove.length > 0 && !forceAddress) {
    throw new CniError(
      ErrorCodes.invalidConfig,
      `Cannot make ${link} the gateway ${wanted.join(", ")} as it has the address ${
        remove.join(", ")
      }: remove that one ` +
        `(ip address del ${remove[0]} dev ${link}), use another bridge, or set forceAddress`,
    );
  }
  return { add: wanted.filter((cidr) => !held.includes(cidr)), remove };
}

/** The gateway with the prefix length of the address. */
function gatewayCidr(ip: ResultIp): string {
  return canonicalCidr(`${ip.gateway}/${prefixLengthOf(ip.address)}`);
}

function conflicts(present: string, wanted: string): boolean {
  if (familyOf(present) !== familyOf(wanted)) return false;
  return familyOf(present) === 4 || overlaps(networkOf(present), networkOf(wanted));
}
