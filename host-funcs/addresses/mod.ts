// The `addresses` interface of the contract.

import type * as Addresses from "cnidaria:cni/addresses@0.3.0";
import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { needLink, place } from "../links/look_up.ts";
import { orTakeBack } from "../take_back.ts";
import { attempt, EADDRNOTAVAIL, EEXIST } from "../sys/errno.ts";
import { formatAddress, parseCidr } from "../sys/ip_address.ts";
import { NLM_F_CREATE, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { waitUntil } from "../sys/wait_until.ts";
import {
  type AddressDescription,
  addressMessage,
  addressQuery,
  IFA_F_NODAD,
  readAddress,
  RTM_DELADDR,
  RTM_NEWADDR,
} from "./address_message.ts";

const RTNLGRP_IPV6_IFADDR = 9;

/** The host functions of `cnidaria:cni/addresses`, for one call. */
export function createAddresses(context: HostContext): typeof Addresses {
  return {
    list(ns, link) {
      const { index } = needLink(context, ns, link, "list the addresses of");
      return listAddresses(context, ns, link, index).map(({ cidr }) => cidr);
    },
    add(ns, link, address) {
      const prefix = parseCidr(address.cidr);
      const cidr = `${formatAddress(prefix.bytes)}/${prefix.prefixLength}`;
      const what = `add address ${cidr} to ${place(ns, link)}`;
      const { index, kind } = needLink(context, ns, link, `add address ${cidr} to`);
      if (listAddresses(context, ns, link, index).some((present) => present.cidr === cidr)) {
        throw new HostCallError("exists", `Cannot ${what} as it exists already (EEXIST)`, EEXIST);
      }
      const release = ns === "container" ? context.isolate?.(cidr, kind) : undefined;
      const message = addressMessage(RTM_NEWADDR, index, prefix, {
        messageFlags: NLM_F_CREATE | NLM_F_EXCL,
        flags: address.dad ? 0 : IFA_F_NODAD,
      });
      const make = () => {
        context.record({ kind: "address-added", ns, link, cidr });
        attempt(what, () => context.netlink(ns).request(message));
      };
      if (release === undefined) make();
      else orTakeBack(context, make, release);
    },
    remove(ns, link, text) {
      const prefix = parseCidr(text);
      const cidr = `${formatAddress(prefix.bytes)}/${prefix.prefixLength}`;
      const what = `remove address ${cidr} from ${place(ns, link)}`;
      const { index } = needLink(context, ns, link, `remove address ${cidr} from`);
      if (!listAddresses(context, ns, link, index).some((present) => present.cidr === cidr)) {
        throw new HostCallError(
          "not-found",
          `Cannot ${what} as the link does not have it (EADDRNOTAVAIL)`,
          EADDRNOTAVAIL,
        );
      }
      context.record({ kind: "address-removed", ns, link, cidr });
      attempt(what, () => context.netlink(ns).request(addressMessage(RTM_DELADDR, index, prefix)));
    },
    settle(ns, link, timeoutMs) {
      const { index } = needLink(context, ns, link, "wait for the addresses of");
      const settled = waitUntil(context, ns, [RTNLGRP_IPV6_IFADDR], timeoutMs, () => {
        const addresses = listAddresses(context, ns, link, index);
        const duplicate = addresses.find((address) => address.duplicate);
        if (duplicate) {
          throw new HostCallError(
            "io",
            `Cannot use address ${duplicate.cidr} of ${place(ns, link)} as another host on the link has it already ` +
              "(duplicate address detection)",
          );
        }
        return addresses.some((address) => address.tentative) ? undefined : true;
      });
      if (settled) return;
      throw new HostCallError(
        "timeout",
        `Cannot use the addresses of ${
          place(ns, link)
        } as after ${timeoutMs} ms duplicate address detection still runs`,
      );
    },
  };
}

export function listAddresses(context: HostContext, ns: Ns, link: string, index: number): AddressDescription[] {
  return dump(context, ns, `of ${place(ns, link)}`, index).filter(({ linkIndex }) => linkIndex === index);
}

/** Those of all links of the host, by the link's index. */
export function listAllAddresses(context: HostContext): Map<number, AddressDescription[]> {
  return Map.groupBy(dump(context, "host", "of all links", 0), ({ linkIndex }) => linkIndex);
}

function dump(context: HostContext, ns: Ns, whose: string, index: number): AddressDescription[] {
  return attempt(`list the addresses ${whose}`, () => context.netlink(ns).dump(addressQuery(index)))
    .map(readAddress)
    .filter((address) => address !== undefined);
}
