// All sets that rules need at the moment, each once; filled from the world, and kept as that changes.

import type { Change, Datatype } from "cnidaria:cni/nftables@0.3.0";
import type { Address, Group } from "../world/entities.ts";
import { ownerOf } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import type { Names } from "./names.ts";
import { NodeSet } from "./node_set.ts";
import { OutSet } from "./out_set.ts";
import { PodSet } from "./pod_set.ts";
import { PortSet } from "./port_set.ts";
import { type SetSpec, specText } from "./set_spec.ts";

interface Live {
  readonly out: OutSet;
  readonly close: () => void;
  uses: number;
  isAnnounced: boolean;
}

export class Sets {
  readonly #live = new Map<string, Live>();
  readonly #unused = new Set<Live>();
  /** Names of those that have changes. */
  readonly #touched = new Set<string>();
  /** By the name of the port. */
  readonly #portSets = new Map<string, Set<PortSet>>();
  readonly #nodeSets = new Set<NodeSet>();

  constructor(private readonly world: World, private readonly names: Names) {}

  /** The name of the set for it, whether it is there or not. */
  nameOf(spec: SetSpec): string {
    const { prefix, text } = specText(spec);
    return this.names.hashed(prefix, text);
  }

  /** @param name see `nameOf` */
  acquire(name: string, spec: SetSpec): void {
    let live = this.#live.get(name);
    if (live === undefined) {
      live = this.#make(name, spec);
      this.#live.set(name, live);
    }
    live.uses++;
    this.#unused.delete(live);
  }

  release(name: string): void {
    const live = this.#live.get(name)!;
    if (--live.uses === 0) this.#unused.add(live);
  }

  /** Its owner is another, or what that owner is. */
  addressTouched(address: Address): void {
    const family = address.isIpv6 ? "ipv6" : "ipv4";
    const groups = ownerOf(address)?.identity.groups;
    for (const set of [...address.sets]) if (!groups?.has(set.group)) set.remove(address);
    if (groups !== undefined) { for (const group of groups) group.sets[family]?.add(address); }
    const before = [...address.portSets];
    for (const set of before) set.update(address);
    for (const { name } of ownerOf(address)?.ports ?? []) {
      for (const set of this.#portSets.get(name) ?? []) if (!before.includes(set)) set.update(address);
    }
  }

  nodesTouched(): void {
    for (const set of this.#nodeSets) set.update(this.world.nodes);
  }

  /** Before the rules that need them. */
  takeAdded(): Change[] {
    const changes: Change[] = [];
    for (const name of this.#touched) {
      const live = this.#live.get(name);
      // What is to be deleted needs no change.
      if (live === undefined || live.uses === 0) continue;
      if (!live.isAnnounced) changes.push({ tag: "add-set", val: live.out.declaration });
      live.isAnnounced = true;
      for (const change of live.out.takeChanges()) changes.push(change);
      this.#touched.delete(name);
    }
    return changes;
  }

  /** After the last rules that needed them are gone. */
  takeDeleted(): Change[] {
    const changes: Change[] = [];
    for (const live of this.#unused) {
      live.close();
      this.#live.delete(live.out.name);
      this.names.release(live.out.name);
      this.#touched.delete(live.out.name);
      if (live.isAnnounced) changes.push({ tag: "delete-set", val: live.out.name });
    }
    this.#unused.clear();
    return changes;
  }

  #make(name: string, spec: SetSpec): Live {
    const address: Datatype = spec.family === "ipv4" ? "ipv4-addr" : "ipv6-addr";
    const key: Datatype[] = spec.kind === "ports" ? [address, "inet-proto", "inet-service"] : [address];
    const out = new OutSet(
      { name, key, intervals: spec.kind === "networks", verdicts: false },
      () => this.#touched.add(name),
    );
    // One without elements has to be made as well.
    this.#touched.add(name);
    return { out, close: this.#fill(out, spec), uses: 0, isAnnounced: false };
  }

  /** @returns what ends it */
  #fill(out: OutSet, spec: SetSpec): () => void {
    switch (spec.kind) {
      case "pods": {
        const group: Group = this.world.groups.acquire(spec.pods);
        const set = new PodSet(out, group, spec.family);
        return () => {
          set.close();
          this.world.groups.release(group);
        };
      }
      case "ports": {
        const set = new PortSet(out, spec, this.world.podsByPort.get(spec.name) ?? []);
        const sets = this.#portSets.get(spec.name) ?? new Set();
        this.#portSets.set(spec.name, sets.add(set));
        return () => {
          set.close();
          sets.delete(set);
          if (sets.size === 0) this.#portSets.delete(spec.name);
        };
      }
      case "nodes": {
        const set = new NodeSet(out, spec.nodes, spec.family);
        set.update(this.world.nodes);
        this.#nodeSets.add(set);
        return () => this.#nodeSets.delete(set);
      }
      case "networks":
        for (const range of spec.ranges) out.put(range);
        return () => {};
    }
  }
}
