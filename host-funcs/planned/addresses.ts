// The addresses of a plan, and the routes that the kernel makes for them by itself.

import { addressMessage, addressQuery, RTM_NEWADDR } from "../addresses/address_message.ts";
import { EADDRNOTAVAIL, EEXIST, KernelError } from "../sys/errno.ts";
import { AF_INET, AF_INET6, parseCidr } from "../sys/ip_address.ts";
import type { ReceivedMessage } from "../sys/netlink_message.ts";
import type { PlannedLink } from "./link.ts";
import type { PlannedLinks, Sources } from "./links.ts";
import type { Place } from "./place.ts";
import { headerU32, rawAttributes, received, sameBytes } from "./received.ts";

const HEADER_LENGTH = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/** An address, with the message that describes it. */
export interface PlannedAddress {
  readonly message: ReceivedMessage;
  readonly family: number;
  readonly prefixLength: number;
  readonly linkIndex: number;
  /** This end's address, network order. */
  readonly bytes: Uint8Array;
}

export class PlannedAddresses {
  readonly #addresses = new Map<Place, PlannedAddress[]>();

  constructor(private readonly sources: Sources, private readonly links: PlannedLinks) {}

  all(ns: Place): PlannedAddress[] {
    const known = this.#addresses.get(ns);
    if (known !== undefined) return known;
    const addresses = (this.sources.read(ns)?.dump(addressQuery(0)) ?? []).map(read);
    this.#addresses.set(ns, addresses);
    return addresses;
  }

  of(link: PlannedLink): PlannedAddress[] {
    return this.all(link.ns).filter((it) => it.linkIndex === link.index);
  }

  /** Whether a link of the namespace has it. */
  isLocal(ns: Place, bytes: Uint8Array): boolean {
    return this.all(ns).some((it) => sameBytes(it.bytes, bytes));
  }

  /** RTM_NEWADDR. Duplicate address detection takes no time in a plan, and finds nobody. */
  add(ns: Place, request: ReceivedMessage): { address: PlannedAddress; link: PlannedLink } {
    const address = read({ ...request, type: RTM_NEWADDR });
    const link = this.links.byIndex(ns, address.linkIndex);
    if (this.all(ns).some((it) => isSame(it, address))) {
      throw new KernelError(
        EEXIST,
        address.family === AF_INET ? "ipv4: Address already assigned" : "ipv6: address already assigned",
      );
    }
    this.all(ns).push(address);
    return { address, link };
  }

  /** RTM_DELADDR. @returns the address that is gone */
  remove(ns: Place, request: ReceivedMessage): PlannedAddress {
    const wanted = read(request);
    const at = this.all(ns).findIndex((it) => isSame(it, wanted));
    if (at < 0) {
      throw new KernelError(
        EADDRNOTAVAIL,
        wanted.family === AF_INET ? "ipv4: Address not found" : "ipv6: address not found",
      );
    }
    return this.all(ns).splice(at, 1)[0]!;
  }

  /** A link that is gone has none; one that is set down has none of IPv6. @param family of those that go, or all */
  forget(link: PlannedLink, family?: number): void {
    const left = this.all(link.ns).filter((it) =>
      it.linkIndex !== link.index || (family !== undefined && it.family !== family)
    );
    this.#addresses.set(link.ns, left);
  }

  /** Those that the kernel gives to lo when it is set up; of IPv6 only where the node has that. */
  addLoopback(lo: PlannedLink): void {
    const hasIpv6 = this.all("host").some((it) => it.family === AF_INET6);
    for (const cidr of hasIpv6 ? ["127.0.0.1/8", "::1/128"] : ["127.0.0.1/8"]) {
      const address = read(received(addressMessage(RTM_NEWADDR, lo.index, parseCidr(cidr))));
      if (!this.all(lo.ns).some((it) => isSame(it, address))) this.all(lo.ns).push(address);
    }
  }
}

/** An IPv6 link has an address once, whatever the prefix length. */
function isSame(a: PlannedAddress, b: PlannedAddress): boolean {
  return a.family === b.family && a.linkIndex === b.linkIndex && sameBytes(a.bytes, b.bytes) &&
    (a.family !== AF_INET || a.prefixLength === b.prefixLength);
}

function read(message: ReceivedMessage): PlannedAddress {
  const { payload } = message;
  const attributes = rawAttributes(payload, HEADER_LENGTH);
  return {
    message,
    family: payload[0]!,
    prefixLength: payload[1]!,
    linkIndex: headerU32(payload, 4),
    bytes: attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? new Uint8Array(),
  };
}
