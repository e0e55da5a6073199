// This node as a member of the network: it takes a subnet, sets the kernel up, tells the others, and follows them.

import type { Family, LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import type { ClusterOptions } from "./cluster_options.ts";
import type { Applied, Kernel } from "./kernel.ts";
import { firstSubnets, localNodes, underlayOf } from "./local_nodes.ts";
import type { NetworkConfig } from "./network_config.ts";
import { contradiction } from "./own_entry.ts";
import { pause, untilDone } from "./patience.ts";
import { type Failures, Peers, type PeerStatus } from "./peers.ts";
import type { ClusterStatus, FamilyStatus } from "./status.ts";
import {
  type ClusterNode,
  type FamilyLease,
  type OwnLease,
  type Store,
  StoreError,
  type StoreEvent,
} from "./store/store.ts";
import { earlierSubnets, writeSubnetFile } from "./subnet_file.ts";

/** A backend, ready to answer. See `controller` of the contract. */
export interface Backend {
  /** What it is called among nodes; in net-conf.json, case does not matter. */
  readonly name: string;
  prepare(network: string, node: LocalNode): NodePlan;
  reconcile(network: string, node: LocalNode, peers: Peer[]): PeerPlan[];
  /** Does now what would else be a part of the next answer. */
  prepareNext(): void;
}

/** What a member works with. */
export interface MemberParts {
  readonly store: Store;
  readonly kernel: Kernel;
  /** @throws {Error} a sentence, where there is no backend of that type */
  openBackend(type: string): Promise<Backend>;
}

/** What a member tells. */
export interface MemberLog {
  line(level: "info" | "warn" | "error", message: string, fields?: Record<string, string | number>): void;
}

/** One family of this node. */
interface Half {
  readonly node: LocalNode;
  readonly plan: NodePlan;
  readonly peers: Peers;
}

const FAMILIES = ["ipv4", "ipv6"] as const;
/** Milliseconds between two looks at a lease that does not end by time. */
const LOOK_MS = 600_000;
/** Milliseconds that other nodes have to write themselves again to a store that has lost them. */
const HOLD_BACK_MS = 30_000;

export class Member {
  #network: NetworkConfig | undefined;
  #backend: Backend | undefined;
  #opened: { readonly type: string; readonly backend: Backend } | undefined;
  /** Ends the present watch, for a new one. */
  #watch = new AbortController();
  #holdsBack = false;
  /** Resolved where the lease has to be written before its time. */
  #renewal = Promise.withResolvers<void>();
  #own: OwnLease | undefined;
  #halves = new Map<Family, Half>();
  #waitsFor: string | undefined = "the network's configuration";
  #unreachable: string | undefined;
  #repairs = 0;
  #repaired = 0;

  constructor(
    private readonly parts: MemberParts,
    private readonly options: ClusterOptions,
    private readonly log: MemberLog,
    private readonly holdBackMs = HOLD_BACK_MS,
  ) {}

  /**
   * Takes part in the network: asks the store until it answers.
   *
   * @throws what `signal` was aborted with
   */
  async join(signal: AbortSignal): Promise<void> {
    await untilDone(() => this.#join(signal), (error) => {
      this.#waitsFor = error.message;
      this.log.line("error", error.message);
    }, signal);
    this.#waitsFor = undefined;
    const { ipv4, ipv6 } = this.#own!;
    this.log.line("info", "joined the network", {
      backend: this.#network!.backendType,
      ...ipv4 !== undefined && { ipv4 },
      ...ipv6 !== undefined && { ipv6 },
    });
  }

  /** Follows the other nodes, until `signal` ends it. @throws {StoreError} where the store gives up its watch */
  async followPeers(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#watch = new AbortController();
      for await (const event of this.parts.store.watch(AbortSignal.any([signal, this.#watch.signal]))) {
        this.#follow(event);
        this.#backend!.prepareNext();
      }
    }
  }

  #follow(event: StoreEvent): void {
    const update = (name: string, node?: ClusterNode) =>
      this.#each(({ peers }) => peers.update(new Map([[name, node]])));
    const wrong = this.#own && contradiction(event, this.#published(this.#own));
    if (wrong !== undefined) {
      this.log.line("warn", `${this.parts.store.kind} ${wrong}`);
      this.#renewal.resolve();
    }
    switch (event.kind) {
      case "all":
        // A store that has lost this node has lost others as well: they write themselves again, and stay meanwhile.
        if (wrong !== undefined && !this.#holdsBack) this.#holdBack(event.nodes);
        else {
          this.#holdsBack = false;
          this.#each(({ peers }) => peers.replace(event.nodes));
        }
        return;
      case "set":
        return update(event.node.name, event.node);
      case "ignored":
        this.log.line("warn", event.why);
        return update(event.name);
      case "gone":
        return update(event.name);
      case "unreachable":
        this.#unreachable = event.why;
        return this.log.line("warn", event.why);
      case "reachable":
        this.#unreachable = undefined;
        this.log.line("info", `the ${this.parts.store.kind} store can be reached again`);
    }
  }

  /** Takes what is there, removes nobody, and asks for everything again in a while. */
  #holdBack(nodes: readonly ClusterNode[]): void {
    this.#holdsBack = true;
    this.#each(({ peers }) => peers.update(new Map(nodes.map((node) => [node.name, node]))));
    const watch = this.#watch;
    const timer = setTimeout(() => watch.abort(), this.holdBackMs);
    Deno.unrefTimer(timer);
  }

  /** Waits until the lease has to be renewed: at half of its time, or at once where the store says something else. */
  async renewalDue(signal: AbortSignal): Promise<void> {
    const end = this.#own?.expiresAt;
    const ms = end === undefined ? LOOK_MS : Math.max(0, end - Date.now()) / 2;
    await Promise.race([pause(ms, signal), this.#renewal.promise]);
    this.#renewal = Promise.withResolvers();
  }

  /**
   * Makes the lease last longer, and writes again what the store has lost; takes a new one where another node has this
   * one's by now.
   *
   * @throws {StoreError} where the store cannot be reached: the data path stays as it is
   */
  async renew(signal: AbortSignal): Promise<void> {
    const own = this.#own!;
    await this.#orJoin(() => this.parts.store.renew(own, this.#published(own), signal), signal);
  }

  async #orJoin(run: () => Promise<OwnLease>, signal: AbortSignal): Promise<void> {
    try {
      this.#own = await run();
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "lost") throw error;
      this.log.line("error", error.message);
      await this.join(signal);
      // The node that has this one's former lease is a peer from now on.
      this.#watch.abort();
    }
  }

  /**
   * The link to the others may not be what it was: then plans anew.
   *
   * @returns whether the others have to be told: see `publish`
   * @throws {Error} a sentence
   */
  async underlayChanged(): Promise<boolean> {
    const before = [...this.#halves.values()].map(({ node }) => underlayOf(node)).join();
    const nodes = await localNodes(this.parts.kernel, this.options.node, this.#own!);
    if (nodes.map(underlayOf).join() === before) return false;
    this.#setUp(nodes);
    this.#each(({ peers }) => peers.replan());
    this.parts.store.reconnect?.();
    this.log.line("info", "the link to the other nodes has changed", { link: nodes[0]!.underlay });
    return true;
  }

  /** Tells the others, and pods to come, what this node has now. @throws {StoreError} */
  async publish(signal: AbortSignal): Promise<void> {
    const own = this.#own!;
    await this.#orJoin(() => this.parts.store.publish(own, this.#published(own), signal), signal);
    await this.#writeSubnetFile();
  }

  /** Compares everything with the kernel, and makes it right. @param why it is done, for the log */
  repair(why: string): void {
    const { made, removed, failed } = this.parts.kernel.repair();
    for (const [family, { peers }] of this.#halves) peers.compared(failuresOf({ failed }, family));
    if (made + removed > 0) {
      this.#repairs++;
      this.#repaired += made + removed;
      this.log.line("warn", "repaired the overlay", { made, removed, why });
    }
    this.#masquerade();
  }

  status(): ClusterStatus {
    const { kind, where } = this.parts.store;
    const halves = [...this.#halves.values()];
    return {
      node: this.options.node,
      ...this.#waitsFor !== undefined && { waitsFor: this.#waitsFor },
      store: { kind, where, ...this.#unreachable !== undefined && { unreachable: this.#unreachable } },
      ...this.#network !== undefined && { backend: this.#network.backendType },
      families: halves.map(familyStatus),
      ...this.#own?.expiresAt !== undefined && { leaseExpiresAt: this.#own.expiresAt },
      peers: halves.flatMap(({ peers }) => peers.statuses()),
      repairs: this.#repairs,
      repaired: this.#repaired,
    };
  }

  /** What was opened before is taken again. @throws {Error} a sentence */
  async #openBackend(type: string): Promise<Backend> {
    if (this.#opened?.type !== type) this.#opened = { type, backend: await this.parts.openBackend(type) };
    return this.#opened.backend;
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { store, kernel } = this.parts;
    const network = await store.network(signal);
    const backend = await this.#openBackend(network.backendType);
    const earlier = await earlierSubnets(this.options.subnetFile);
    // A configuration that cannot work is told before anything is taken or changed.
    for (const node of await localNodes(kernel, this.options.node, firstSubnets(network))) {
      backend.prepare(network.text, node);
    }
    const addresses = this.#publicIps(network);
    const own = await store.acquire({ node: this.options.node, ...addresses, earlier }, network, signal);
    const nodes = await localNodes(kernel, this.options.node, own);
    // What belongs together changes together: a join that fails before leaves all as it was.
    this.#network = network;
    this.#backend = backend;
    this.#own = own;
    this.#setUp(nodes);
    await this.#writeSubnetFile();
    this.#own = await store.publish(own, this.#published(own), signal);
    try {
      this.#masquerade();
    } catch (error) {
      // Each comparison tries again; pods reach each other without it.
      this.log.line("error", (error as Error).message);
    }
  }

  #publicIps(network: NetworkConfig): { publicIp?: string; publicIpv6?: string } {
    return {
      ...network.ipv4 !== undefined && { publicIp: this.parts.kernel.underlay("ipv4").publicIp },
      ...network.ipv6 !== undefined && { publicIpv6: this.parts.kernel.underlay("ipv6").publicIp },
    };
  }

  /** What the node itself needs. Peers are kept where the subnet is the same. */
  #setUp(nodes: readonly LocalNode[]): void {
    const { kernel } = this.parts;
    const network = this.#network!.text;
    const plans = nodes.map((node) => this.#backend!.prepare(network, node));
    const halves = new Map<Family, Half>();
    for (const [index, node] of nodes.entries()) {
      const { family, subnet } = node;
      const { network } = this.#ranges[family]!;
      kernel.setNode(family, { ...plans[index]!, network, subnet, underlay: node.underlay });
      const before = this.#halves.get(family);
      const peers = before?.node.subnet === subnet ? before.peers : this.#newPeers(family, subnet);
      halves.set(family, { node, plan: plans[index]!, peers });
    }
    const earlier = this.#halves;
    for (const family of earlier.keys()) if (!halves.has(family)) kernel.setNode(family, undefined);
    this.#halves = halves;
    // With another subnet of this node, others may be in conflict with it or be so no longer.
    for (const [family, { peers }] of halves) {
      const before = earlier.get(family)?.peers;
      if (before !== undefined && before !== peers) peers.replace(before.nodes());
    }
  }

  #newPeers(family: Family, subnet: string): Peers {
    return new Peers(family, { name: this.#own?.name ?? this.options.node, subnet }, {
      reconcile: (peers) => this.#backend!.reconcile(this.#network!.text, this.#halves.get(family)!.node, peers),
      apply: (plans) => failuresOf(this.parts.kernel.setPeers(family, plans), family),
      applyAll: (plans) => failuresOf(this.parts.kernel.setAllPeers(family, plans), family),
      changed: (peer) => this.#peerChanged(peer),
    });
  }

  #peerChanged({ name, family, subnet, state, why }: PeerStatus): void {
    if (state === "connected") this.log.line("info", `connected node ${name}`, { family, subnet });
    else this.log.line(state === "failed" ? "error" : "warn", why ?? `node ${name} is ${state}`, { family, subnet });
  }

  #published({ name, ...subnets }: OwnLease): ClusterNode {
    const lease = (family: Family): FamilyLease | undefined => {
      const half = this.#halves.get(family);
      const subnet = subnets[family];
      if (half === undefined || subnet === undefined) return undefined;
      return { subnet, publicIp: half.node.publicIp, backendData: half.plan.backendData };
    };
    const [ipv4, ipv6] = [lease("ipv4"), lease("ipv6")];
    return {
      name,
      backendType: this.#backend!.name,
      ...ipv4 !== undefined && { ipv4 },
      ...ipv6 !== undefined && { ipv6 },
    };
  }

  #masquerade(): void {
    for (const family of FAMILIES) {
      const half = this.#halves.get(family);
      const wanted = half && { network: this.#ranges[family]!.network, subnet: half.node.subnet };
      this.parts.kernel.masquerade(family, this.options.ipMasq ? wanted : undefined);
    }
  }

  async #writeSubnetFile(): Promise<void> {
    const { ipv4, ipv6 } = this.#network!;
    const own = this.#own!;
    await writeSubnetFile(this.options.subnetFile, {
      ...ipv4 !== undefined && { ipv4Network: ipv4.network },
      ...ipv6 !== undefined && { ipv6Network: ipv6.network },
      ...own.ipv4 !== undefined && { ipv4: own.ipv4 },
      ...own.ipv6 !== undefined && { ipv6: own.ipv6 },
      mtu: Math.min(...[...this.#halves.values()].map(({ plan }) => plan.podMtu)),
      ipMasq: this.options.ipMasq,
    });
  }

  get #ranges(): Pick<NetworkConfig, Family> {
    return this.#network!;
  }

  #each(run: (half: Half) => void): void {
    for (const half of this.#halves.values()) run(half);
  }
}

/** Of one family, by peer. */
function failuresOf({ failed }: Pick<Applied, "failed">, family: Family): Failures {
  const mine = `${family} `;
  return new Map(
    [...failed].filter(([key]) => key.startsWith(mine)).map(([key, why]) => [key.slice(mine.length), why]),
  );
}

function familyStatus({ node, plan }: Half): FamilyStatus {
  const { family, subnet, publicIp, underlay } = node;
  const device = plan.device?.name;
  return { family, subnet, publicIp, underlay, ...device !== undefined && { device }, podMtu: plan.podMtu };
}
