// The addresses of a group of pods, as a set of the plan.

import { type Address, type Group, ownerOf } from "../world/entities.ts";
import type { OutSet } from "./out_set.ts";
import type { Family } from "./set_spec.ts";

export class PodSet {
  readonly #addresses = new Set<Address>();

  constructor(readonly out: OutSet, readonly group: Group, private readonly family: Family) {
    group.sets[family] = this;
    for (const identity of group.members) {
      for (const pod of identity.pods) {
        for (const address of pod.addresses) {
          if (address.isIpv6 === (family === "ipv6") && ownerOf(address) === pod) this.add(address);
        }
      }
    }
  }

  add(address: Address): void {
    this.#addresses.add(address);
    address.sets.add(this);
    this.out.put(address.text);
  }

  remove(address: Address): void {
    this.#addresses.delete(address);
    address.sets.delete(this);
    this.out.remove(address.text);
  }

  close(): void {
    this.group.sets[this.family] = undefined;
    for (const address of this.#addresses) address.sets.delete(this);
  }
}
