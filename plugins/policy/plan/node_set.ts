// The addresses of the nodes that a selector selects, as a set of the plan.

import type { Selector } from "../parsed_policy.ts";
import { matches } from "../read/selector.ts";
import type { World } from "../world/world.ts";
import type { OutSet } from "./out_set.ts";
import type { Family } from "./set_spec.ts";

export class NodeSet {
  #held = new Set<string>();

  constructor(readonly out: OutSet, private readonly nodes: Selector, private readonly family: Family) {}

  /** Nodes change seldom, and are few: all are looked at. */
  update(nodes: World["nodes"]): void {
    const now = new Set<string>();
    for (const { labels, addresses } of nodes.values()) {
      if (!matches(this.nodes, labels)) continue;
      for (const address of addresses) if (address.includes(":") === (this.family === "ipv6")) now.add(address);
    }
    for (const address of this.#held) if (!now.has(address)) this.out.remove(address);
    for (const address of now) this.out.put(address);
    this.#held = now;
  }
}
