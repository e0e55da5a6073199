// Addresses against what was added, and adding them again.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { linkNow } from "../links/drift.ts";
import { at, type Reading } from "../reading.ts";
import type { AddressDescription } from "./address_message.ts";
import { createAddresses, listAddresses, listAllAddresses } from "./mod.ts";

type AddressChange = Extract<Change, { kind: "address-added" | "address-removed" }>;

/** `address 10.1.0.5/24 of eth0 (container) is gone`. */
export function addressDifferences(now: Reading, change: AddressChange): string[] {
  if (change.kind === "address-removed") return [];
  const { ns, link, cidr } = change;
  const address = addressesNow(now, ns, link).find((candidate) => candidate.cidr === cidr);
  if (address === undefined) return [`address ${cidr} of ${at(ns, link)} is gone`];
  if (!address.duplicate) return [];
  return [`address ${cidr} of ${at(ns, link)} cannot be used, as another host on the link has it`];
}

/** Without duplicate address detection: it was the pod's before. */
export function redoAddressChange(context: HostContext, change: AddressChange): void {
  if (change.kind === "address-removed") return;
  createAddresses(context).add(change.ns, change.link, { cidr: change.cidr, dad: false });
}

function addressesNow(now: Reading, ns: Ns, link: string): readonly AddressDescription[] {
  const index = linkNow(now, ns, link)?.index;
  if (index === undefined) return [];
  if (ns === "host" && now.host !== undefined) {
    return now.host.once("addresses", () => listAllAddresses(now.context)).get(index) ?? [];
  }
  return now.once(`addresses ${ns} ${link}`, () => listAddresses(now.context, ns, link, index));
}
