// A store and a kernel in memory, and a backend that makes a route for each peer: for tests of a member.

import type { Family, LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import type { Applied, Kernel, KernelEvent, MasqueradedNetwork, Underlay } from "./kernel.ts";
import type { Backend, MemberLog } from "./member.ts";
import { type NetworkConfig, parseNetworkConfig } from "./network_config.ts";
import { type ClusterNode, type LeaseRequest, type OwnLease, type Store, type StoreEvent } from "./store/store.ts";

export const NETWORK = JSON.stringify({ Network: "10.244.0.0/16", Backend: { Type: "plain" } });

/** A queue of events that somebody waits for. */
export class Events<T> {
  readonly #waiting: T[] = [];
  #wake = Promise.withResolvers<void>();

  push(event: T): void {
    this.#waiting.push(event);
    this.#wake.resolve();
  }

  async *read(signal: AbortSignal): AsyncGenerator<T> {
    const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (!signal.aborted) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      this.#wake = Promise.withResolvers();
      await Promise.race([this.#wake.promise, ended]);
    }
  }
}

/** Gives 10.244.1.0/24, then 10.244.2.0/24 and so on, unless an earlier one is asked for. */
export class MemoryStore implements Store {
  readonly kind = "memory";
  readonly where = "here";
  readonly events = new Events<StoreEvent>();
  readonly published: ClusterNode[] = [];
  readonly renewed: ClusterNode[] = [];
  readonly requests: LeaseRequest[] = [];
  text = NETWORK;
  /** Thrown by the next call of that name. */
  readonly failures = new Map<"network" | "acquire" | "publish" | "renew", Error>();
  #given = 0;

  network(): Promise<NetworkConfig> {
    return this.#answer("network", () => parseNetworkConfig(this.text, "in memory"));
  }

  acquire(request: LeaseRequest): Promise<OwnLease> {
    return this.#answer("acquire", () => {
      this.requests.push(request);
      const ipv4 = this.#given === 0 ? request.earlier[0] : undefined;
      return { name: `lease-${++this.#given}`, ipv4: ipv4 ?? `10.244.${this.#given}.0/24` };
    });
  }

  publish(own: OwnLease, node: ClusterNode): Promise<OwnLease> {
    return this.#answer("publish", () => (this.published.push(node), own));
  }

  renew(own: OwnLease, node: ClusterNode): Promise<OwnLease> {
    return this.#answer("renew", () => (this.renewed.push(node), own));
  }

  watch(signal: AbortSignal): AsyncIterable<StoreEvent> {
    return this.events.read(signal);
  }

  // deno-lint-ignore require-await
  async #answer<T>(name: "network" | "acquire" | "publish" | "renew", run: () => T): Promise<T> {
    const failure = this.failures.get(name);
    this.failures.delete(name);
    if (failure !== undefined) throw failure;
    return run();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Keeps what it is told. */
export class MemoryKernel implements Kernel {
  readonly events = new Events<KernelEvent>();
  readonly nodes = new Map<Family, NodePlan>();
  readonly routes = new Map<string, string>();
  readonly masqueraded = new Map<Family, MasqueradedNetwork | undefined>();
  link: Underlay = { link: "eth0", mtu: 1500, publicIp: "192.0.2.11", onLink: ["192.0.2.0/24"] };
  /** What the next repair finds. */
  damage = 0;

  underlay(): Underlay {
    return this.link;
  }

  devices() {
    return [];
  }

  setNode(family: Family, plan: NodePlan | undefined): Applied {
    if (plan === undefined) this.nodes.delete(family);
    else this.nodes.set(family, plan);
    return { made: 1, removed: 0, failed: new Map() };
  }

  setPeers(_family: Family, plans: ReadonlyMap<string, PeerPlan | undefined>): Applied {
    for (const [name, plan] of plans) {
      if (plan === undefined) this.routes.delete(name);
      else this.routes.set(name, plan.routes.map(({ dst, gateway }) => `${dst} via ${gateway}`).join());
    }
    return { made: plans.size, removed: 0, failed: new Map() };
  }

  setAllPeers(family: Family, plans: ReadonlyMap<string, PeerPlan>): Applied {
    this.routes.clear();
    return this.setPeers(family, plans);
  }

  masquerade(family: Family, wanted: MasqueradedNetwork | undefined): void {
    this.masqueraded.set(family, wanted);
  }

  repair(): Applied {
    const made = this.damage;
    this.damage = 0;
    return { made, removed: 0, failed: new Map() };
  }

  watch(signal: AbortSignal): AsyncIterable<KernelEvent> {
    return this.events.read(signal);
  }
}

/** A route for each peer, by its address; what it publishes is this node's MTU. */
export const plainBackend: Backend = {
  name: "plain",
  prepareNext: () => {},
  prepare: (_network, node: LocalNode) => ({
    addresses: [],
    podMtu: node.underlayMtu,
    backendData: JSON.stringify({ mtu: node.underlayMtu }),
  }),
  reconcile: (_network, { underlay }, peers: Peer[]) =>
    peers.map(({ subnet, publicIp }) => ({
      routes: [{ dst: subnet, gateway: publicIp, link: underlay, onlink: false }],
      neighbors: [],
      fdb: [],
    })),
};

/** A log that keeps its lines: `warn: message`. */
export function keptLog(): MemberLog & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, line: (level, message) => void lines.push(`${level}: ${message}`) };
}

/** @throws {Error} if it does not come true within five seconds */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not within five seconds: ${what}`);
}
