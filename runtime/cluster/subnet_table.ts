// Which node a subnet belongs to, where several say it is theirs: the one that said so first.

import { type IpNetwork, parseNetwork } from "../../host-funcs/ip_number.ts";

interface Entry {
  readonly name: string;
  readonly network: IpNetwork;
}

/** Subnets of one family, none of which overlap. */
export class SubnetTable {
  /** By first address. */
  readonly #entries: Entry[] = [];
  readonly #byName = new Map<string, Entry>();

  /**
   * Gives a subnet to a node, in place of the one that it had.
   *
   * @param subnet CIDR notation
   * @returns the node that has a part of it already; then nothing has changed but that this node has none
   */
  claim(name: string, subnet: string): string | undefined {
    const network = parseNetwork(subnet);
    if (network === undefined) throw new RangeError(`Cannot give node ${name} a subnet as this is none: ${subnet}`);
    const own = this.#byName.get(name);
    if (own !== undefined && own.network.first === network.first && own.network.last === network.last) return undefined;
    this.release(name);
    const at = this.#position(network.first);
    const before = this.#entries[at - 1];
    if (before !== undefined && before.network.last >= network.first) return before.name;
    const after = this.#entries[at];
    if (after !== undefined && after.network.first <= network.last) return after.name;
    const entry = { name, network };
    this.#entries.splice(at, 0, entry);
    this.#byName.set(name, entry);
    return undefined;
  }

  /** @returns whether the node had one */
  release(name: string): boolean {
    const entry = this.#byName.get(name);
    if (entry === undefined) return false;
    this.#byName.delete(name);
    this.#entries.splice(this.#position(entry.network.first), 1);
    return true;
  }

  /** Where the first entry is that begins at `first` or after it. */
  #position(first: bigint): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.network.first < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
