// The addresses of a group of pods, as a set of the plan.

import { type Address, type Group, ownerOf } from "../world/entities.ts";
import type { OutSet } from "./out_set.ts";
import type { Family } from "./set_spec.ts";

export class PodSet {
  constructor(readonly out: OutSet, readonly group: Group, private readonly family: Family) {
    group.sets[family] = this;
    for (const identity of group.members) {
      for (const pod of identity.pods) {
        for (const address of pod.addresses) {
          if (address.isIpv6 === (family === "ipv6") && ownerOf(address) === pod) {
            address.sets.push(this);
            out.put(address.text);
          }
        }
      }
    }
  }

  add(address: Address): void {
    if (address.sets.includes(this)) return;
    address.sets.push(this);
    this.out.put(address.text);
  }

  remove(address: Address): void {
    without(address.sets, this);
    this.out.remove(address.text);
  }

  /** After all changes of the world were followed. */
  close(): void {
    this.group.sets[this.family] = undefined;
    for (const { pods } of this.group.members) {
      for (const { addresses } of pods) for (const address of addresses) without(address.sets, this);
    }
  }
}

/** Takes one out of a list, where it is in it. */
export function without<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}
