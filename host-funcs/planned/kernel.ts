// A node in memory that begins as the real one: what a plan is made on. Nothing of it reaches the kernel.

import type { Ns } from "cnidaria:cni/types@0.2.0";
import type { KernelStandIn } from "../context.ts";
import type { PacketFilter } from "../firewall/packet_filter.ts";
import { IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU } from "../links/link_message.ts";
import { formatMac } from "../sys/mac_address.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { ARPHRD_LOOPBACK, PlannedLink } from "./link.ts";
import { PlannedNetlink, PlannedNetwork } from "./netlink.ts";
import { plannedPacketFilter } from "./packet_filter.ts";
import { PlannedParameters, type ReadParameter } from "./parameters.ts";
import { bytesOfU32 } from "./received.ts";

const LOOPBACK_MTU = 65536;
const IFF_LOOPBACK = 0x8;

/** How the real node is read. All of it is read at the first use. */
export interface RealKernel {
  /** Undefined for a namespace that does not exist yet: it is as a container runtime makes one. */
  netlink(ns: Ns): RouteNetlink | undefined;
  parameter(ns: Ns, path: string): ReturnType<ReadParameter>;
  /** Undefined where it may not be read. */
  packetFilter(): PacketFilter | undefined;
}

export class PlannedKernel implements KernelStandIn {
  readonly network: PlannedNetwork;
  /** MACs that the kernel would choose. */
  readonly chosenMacs: Set<string> = new Set();
  /** Names of links on the host that were looked up, and are nobody's. */
  readonly freeNames: Set<string> = new Set();
  readonly #parameters: PlannedParameters;
  readonly #real: RealKernel;
  #packetFilter: PacketFilter | undefined;

  constructor(real: RealKernel) {
    this.#real = real;
    this.network = new PlannedNetwork({
      read: (ns) => real.netlink(ns),
      chosenMac: (mac) => void this.chosenMacs.add(formatMac(mac)),
      freeName: (ns, name) => void (ns === "host" && this.freeNames.add(name)),
    }, (ns) => [loopback(ns)]);
    this.#parameters = new PlannedParameters((ns, path) => real.parameter(ns, path), this.network.links);
  }

  netlink(ns: Ns): RouteNetlink {
    return new PlannedNetlink(this.network, ns);
  }

  readParameter(ns: Ns, path: string): string {
    return this.#parameters.read(ns, path);
  }

  writeParameter(ns: Ns, path: string, value: string): void {
    this.#parameters.write(ns, path, value);
  }

  packetFilter(): PacketFilter {
    return this.#packetFilter ??= plannedPacketFilter(this.#real.packetFilter());
  }
}

/** All that a new namespace has. It is down. */
function loopback(ns: Ns): PlannedLink {
  const link = new PlannedLink(ns, 1, false, ARPHRD_LOOPBACK);
  link.flags = IFF_LOOPBACK;
  link.attributes.set(IFLA_IFNAME, new TextEncoder().encode("lo\0"));
  link.attributes.set(IFLA_MTU, bytesOfU32(LOOPBACK_MTU));
  link.attributes.set(IFLA_ADDRESS, new Uint8Array(6));
  return link;
}
