// Where containers name a port so: addresses with protocol and port, as a set of the plan.

import { type Address, ownerOf, type Pod } from "../world/entities.ts";
import type { OutSet } from "./out_set.ts";
import { without } from "./pod_set.ts";
import type { SetSpec } from "./set_spec.ts";

export class PortSet {
  readonly #keys = new Map<Address, readonly string[]>();

  constructor(
    readonly out: OutSet,
    private readonly spec: Extract<SetSpec, { kind: "ports" }>,
    pods: Iterable<Pod>,
  ) {
    for (const { addresses } of pods) for (const address of addresses) this.update(address);
  }

  update(address: Address): void {
    if (address.isIpv6 !== (this.spec.family === "ipv6")) return;
    const before = this.#keys.get(address) ?? [];
    const now = this.#keysOf(address);
    for (const key of before) if (!now.includes(key)) this.out.remove(key);
    for (const key of now) this.out.put(key);
    if (now.length === 0) {
      this.#keys.delete(address);
      without(address.portSets, this);
    } else {
      this.#keys.set(address, now);
      if (!address.portSets.includes(this)) address.portSets.push(this);
    }
  }

  close(): void {
    for (const address of this.#keys.keys()) without(address.portSets, this);
  }

  #keysOf(address: Address): string[] {
    const keys: string[] = [];
    for (const { name, protocol, port } of ownerOf(address)?.ports ?? []) {
      const lower = protocol.toLowerCase();
      if (name !== this.spec.name || (this.spec.protocol !== undefined && this.spec.protocol !== lower)) continue;
      keys.push(`${address.text} . ${lower} . ${port}`);
    }
    return keys;
  }
}
