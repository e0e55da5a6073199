// A node in memory that begins as the real one: what a plan is made on. Nothing of it reaches the kernel.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { KernelStandIn } from "../context.ts";
import { HostCallError } from "../error.ts";
import type { PacketFilter } from "../firewall/packet_filter.ts";
import { IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_TXQLEN } from "../links/link_message.ts";
import { kernelMakes } from "../links/supports.ts";
import { formatMac } from "../sys/mac_address.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { ARPHRD_LOOPBACK, PlannedLink } from "./link.ts";
import { PlannedNetlink, PlannedNetwork } from "./netlink.ts";
import { type PlannedPacketFilter, plannedPacketFilter } from "./packet_filter.ts";
import { PlannedParameters, type ReadParameter } from "./parameters.ts";
import { nsOf, type Place } from "./place.ts";
import { bytesOfU32 } from "./received.ts";

const LOOPBACK_MTU = 65536;
const LOOPBACK_QUEUE_LENGTH = 1000;
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
  /** Set where containers' namespaces are in memory as well. */
  netnsId?: (path: string) => string | undefined;
  /** Whose namespace `container` is at the moment. */
  container: Place = "container";
  readonly #parameters: PlannedParameters;
  readonly #real: RealKernel;
  readonly #kinds = new Map<string, boolean>();
  #packetFilter: PlannedPacketFilter | undefined;

  constructor(real: RealKernel) {
    this.#real = real;
    this.network = new PlannedNetwork({
      read: (place) => real.netlink(nsOf(place)),
      container: () => this.container,
      chosenMac: (mac) => void this.chosenMacs.add(formatMac(mac)),
      freeName: (ns, name) => void (ns === "host" && this.freeNames.add(name)),
      makes: (kind) => this.#makes(kind),
    }, (ns) => [loopback(ns)]);
    this.#parameters = new PlannedParameters((place, path) => real.parameter(nsOf(place), path), this.network.links);
  }

  netlink(ns: Ns): RouteNetlink {
    return new PlannedNetlink(this.network, this.#placeOf(ns));
  }

  readParameter(ns: Ns, path: string): string {
    return this.#parameters.read(this.#placeOf(ns), path);
  }

  writeParameter(ns: Ns, path: string, value: string): void {
    this.#parameters.write(this.#placeOf(ns), path, value);
  }

  packetFilter(): PlannedPacketFilter {
    return this.#packetFilter ??= plannedPacketFilter(this.#real.packetFilter());
  }

  /** Kernel parameters that were set: `NAMESPACE KEY = VALUE`, with the key as in `sysctl`. */
  setParameters(): string[] {
    return this.#parameters.set();
  }

  /** The namespace of a container goes, with all that is in it. */
  removeContainer(place: Place): void {
    this.network.links.removeNamespace(place);
    this.network.rules.forget(place);
    this.#parameters.forget(place);
  }

  /** Asked of the real node once, which makes nothing. */
  #makes(kind: string): boolean {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const netlink = this.#real.netlink("host");
    let makes = true;
    try {
      makes = netlink === undefined || kernelMakes(netlink, kind);
    } catch (error) {
      // Who may not ask plans as if it did.
      if (!(error instanceof HostCallError)) throw error;
    }
    this.#kinds.set(kind, makes);
    return makes;
  }

  #placeOf(ns: Ns): Place {
    return ns === "host" ? ns : this.container;
  }
}

/** All that a new namespace has. It is down. */
function loopback(ns: Place): PlannedLink {
  const link = new PlannedLink(ns, 1, false, ARPHRD_LOOPBACK);
  link.flags = IFF_LOOPBACK;
  link.attributes.set(IFLA_IFNAME, new TextEncoder().encode("lo\0"));
  link.attributes.set(IFLA_MTU, bytesOfU32(LOOPBACK_MTU));
  link.attributes.set(IFLA_TXQLEN, bytesOfU32(LOOPBACK_QUEUE_LENGTH));
  link.attributes.set(IFLA_ADDRESS, new Uint8Array(6));
  return link;
}
