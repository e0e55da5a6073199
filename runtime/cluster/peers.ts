// The other nodes, in one family: who has which subnet, and what the kernel was told for each.

import type { Family, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import type { ClusterNode } from "./store/store.ts";
import { SubnetTable } from "./subnet_table.ts";

export type PeerState =
  | "connected"
  /** The backend has no way to it, its entry is of no use, or another node has its subnet. */
  | "ignored"
  /** The kernel refused it; it is tried again with the next comparison. */
  | "failed";

/** A peer, for people. */
export interface PeerStatus {
  readonly name: string;
  readonly family: Family;
  readonly subnet: string;
  readonly publicIp: string;
  readonly state: PeerState;
  /** A sentence; of those that are not connected. */
  readonly why?: string;
}

/** What the kernel refused, by peer; a sentence each. */
export type Failures = ReadonlyMap<string, string>;

/** Where plans come from and go to. */
export interface PeerWork {
  /** A plan for each peer, in their order. */
  reconcile(peers: Peer[]): PeerPlan[];
  apply(plans: ReadonlyMap<string, PeerPlan | undefined>): Failures;
  /** Plans of all peers that there are. */
  applyAll(plans: ReadonlyMap<string, PeerPlan>): Failures;
  /** A peer's state is another now. */
  changed(peer: PeerStatus): void;
}

export class Peers {
  readonly #subnets = new SubnetTable();
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #states = new Map<string, PeerStatus>();
  /** Of those that are to be reached. */
  readonly #plans = new Map<string, PeerPlan>();
  /** Those whose subnet another node has. */
  readonly #waiting = new Set<string>();

  /** @param own name and subnet of this node: they are no peer's */
  constructor(
    readonly family: Family,
    private readonly own: { readonly name: string; readonly subnet: string },
    private readonly work: PeerWork,
  ) {
    this.#subnets.claim(own.name, own.subnet);
  }

  /** Peers as they are now; undefined for one that has gone. Those that are not among them stay. */
  update(changes: ReadonlyMap<string, ClusterNode | undefined>): void {
    this.#update(changes, false);
  }

  /** Everything there is: who is not in it has gone. */
  replace(nodes: readonly ClusterNode[]): void {
    const changes = new Map<string, ClusterNode | undefined>([...this.#nodes.keys()].map((name) => [name, undefined]));
    for (const node of nodes) changes.set(node.name, node);
    this.#update(changes, true);
  }

  #update(changes: ReadonlyMap<string, ClusterNode | undefined>, all: boolean): void {
    const planned: ClusterNode[] = [];
    const plans = new Map<string, PeerPlan | undefined>();
    // The same order on every node: so all agree on whose subnet it is.
    for (const name of [...changes.keys()].sort()) {
      if (name === this.own.name) continue;
      const node = changes.get(name);
      const lease = node?.[this.family];
      if (node === undefined || lease === undefined) {
        this.#forget(name, plans);
      } else if (!sameLease(this.#nodes.get(name), node, this.family)) {
        this.#nodes.set(name, node);
        if (this.#claim(node)) planned.push(node);
        else plans.set(name, undefined);
      }
    }
    for (const name of this.#waiting) {
      const node = this.#nodes.get(name);
      if (node !== undefined && this.#claim(node)) planned.push(node);
    }
    this.#apply(planned, plans, all);
  }

  /** Plans all of them anew: this node is not what it was. */
  replan(): void {
    this.#apply([...this.#nodes.values()].filter(({ name }) => !this.#waiting.has(name)), new Map(), true);
  }

  /** After a comparison of everything: what the kernel still refuses. */
  compared(failed: ReadonlyMap<string, string>): void {
    for (const { name, state } of this.statuses()) {
      const node = this.#nodes.get(name)!;
      const why = failed.get(name);
      if (why !== undefined) this.#note(node, "failed", why);
      else if (state === "failed") this.#note(node, "connected", undefined);
    }
  }

  /** All that are known. */
  nodes(): ClusterNode[] {
    return [...this.#nodes.values()];
  }

  statuses(): PeerStatus[] {
    return [...this.#states.values()];
  }

  #forget(name: string, plans: Map<string, PeerPlan | undefined>): void {
    if (!this.#nodes.delete(name)) return;
    this.#subnets.release(name);
    this.#waiting.delete(name);
    this.#states.delete(name);
    plans.set(name, undefined);
  }

  /** @returns whether the node has its subnet; if not, it waits for it */
  #claim(node: ClusterNode): boolean {
    const holder = this.#subnets.claim(node.name, node[this.family]!.subnet);
    if (holder === undefined) {
      this.#waiting.delete(node.name);
      return true;
    }
    this.#waiting.add(node.name);
    const whose = holder === this.own.name ? "this node has" : `node ${holder} has`;
    this.#note(node, "ignored", `Cannot reach node ${node.name} as ${whose} a part of its subnet already`);
    return false;
  }

  #apply(nodes: readonly ClusterNode[], plans: Map<string, PeerPlan | undefined>, all: boolean): void {
    const answers = this.#reconcile(nodes.map((node) => peerOf(node, this.family)));
    for (const [index, node] of nodes.entries()) {
      const plan = answers[index]!;
      plans.set(node.name, plan.refused === undefined ? plan : undefined);
    }
    for (const [name, plan] of plans) {
      if (plan === undefined) this.#plans.delete(name);
      else this.#plans.set(name, plan);
    }
    if (!all && plans.size === 0) return;
    const failed = all ? this.work.applyAll(this.#plans) : this.work.apply(plans);
    for (const [index, node] of nodes.entries()) {
      const refused = answers[index]!.refused;
      const why = refused ?? failed.get(node.name);
      this.#note(node, refused !== undefined ? "ignored" : why !== undefined ? "failed" : "connected", why);
    }
  }

  /** What another node has written must not keep this one from the rest, even where the backend fails at it. */
  #reconcile(peers: Peer[]): PeerPlan[] {
    if (peers.length === 0) return [];
    try {
      return this.work.reconcile(peers);
    } catch (error) {
      const [only] = peers;
      if (peers.length > 1 || only === undefined) return peers.flatMap((peer) => this.#reconcile([peer]));
      const refused = `Cannot reach node ${only.name} as its plan failed: ${(error as Error).message}`;
      return [{ refused, routes: [], neighbors: [], fdb: [] }];
    }
  }

  #note(node: ClusterNode, state: PeerState, why: string | undefined): void {
    const { subnet, publicIp } = node[this.family]!;
    const status = {
      name: node.name,
      family: this.family,
      subnet,
      publicIp,
      state,
      ...why !== undefined && { why },
    };
    const before = this.#states.get(node.name);
    this.#states.set(node.name, status);
    if (before?.state !== state || before.why !== why || before.subnet !== subnet) this.work.changed(status);
  }
}

function peerOf(node: ClusterNode, family: Family): Peer {
  const { subnet, publicIp, backendData } = node[family]!;
  return { name: node.name, subnet, publicIp, backendType: node.backendType, backendData };
}

function sameLease(a: ClusterNode | undefined, b: ClusterNode, family: Family): boolean {
  const [one, other] = [a?.[family], b[family]];
  return one !== undefined && other !== undefined && a!.backendType === b.backendType &&
    one.subnet === other.subnet && one.publicIp === other.publicIp && one.backendData === other.backendData;
}
