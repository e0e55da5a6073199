// This node as a member of the network: it takes a subnet, sets the kernel up, tells the others, and follows them.

import type { Family, LocalNode, NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.1.0";
import type { ClusterOptions } from "./cluster_options.ts";
import { freshMac } from "./fresh_mac.ts";
import type { Applied, Kernel } from "./kernel.ts";
import type { NetworkConfig } from "./network_config.ts";
import { untilDone } from "./patience.ts";
import { type Failures, Peers, type PeerStatus } from "./peers.ts";
import type { ClusterStatus, FamilyStatus } from "./status.ts";
import { type ClusterNode, type FamilyLease, type OwnLease, type Store, StoreError } from "./store/store.ts";
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

export class Member {
  #network: NetworkConfig | undefined;
  #backend: Backend | undefined;
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

  /**
   * Follows the other nodes, until `signal` ends it.
   *
   * @throws {StoreError} `unreachable` where the store gives up its watch
   */
  async followPeers(signal: AbortSignal): Promise<void> {
    for await (const event of this.parts.store.watch(signal)) {
      switch (event.kind) {
        case "all":
          this.#each(({ peers }) => peers.replace(event.nodes));
          break;
        case "set":
          this.#each(({ peers }) => peers.update(new Map([[event.node.name, event.node]])));
          break;
        case "ignored":
          this.log.line("warn", event.why);
          this.#each(({ peers }) => peers.update(new Map([[event.name, undefined]])));
          break;
        case "gone":
          this.#each(({ peers }) => peers.update(new Map([[event.name, undefined]])));
          break;
        case "unreachable":
          this.#unreachable = event.why;
          this.log.line("warn", event.why);
          break;
        case "reachable":
          this.#unreachable = undefined;
          this.log.line("info", `the ${this.parts.store.kind} store can be reached again`);
      }
      this.#backend!.prepareNext();
    }
  }

  /** When the lease has to be renewed, milliseconds from now; undefined where it does not end by time. */
  renewalMs(): number | undefined {
    const end = this.#own?.expiresAt;
    return end === undefined ? undefined : Math.max(0, end - Date.now()) / 2;
  }

  /**
   * Makes the lease last longer; takes a new one where another node has this one's by now.
   *
   * @throws {StoreError} where the store cannot be reached: the data path stays as it is
   */
  async renew(signal: AbortSignal): Promise<void> {
    const own = this.#own!;
    try {
      this.#own = await this.parts.store.renew(own, this.#published(own), signal);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "lost") throw error;
      this.log.line("error", error.message);
      await this.join(signal);
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
    const nodes = await this.#localNodes(this.#own!);
    if (nodes.map(underlayOf).join() === before) return false;
    this.#setUp(nodes);
    this.#each(({ peers }) => peers.replan());
    this.parts.store.reconnect?.();
    this.log.line("info", "the link to the other nodes has changed", { link: nodes[0]!.underlay });
    return true;
  }

  /** Tells the others, and pods to come, what this node has now. @throws {StoreError} */
  async publish(signal: AbortSignal): Promise<void> {
    await this.#writeSubnetFile();
    this.#own = await this.parts.store.publish(this.#own!, this.#published(this.#own!), signal);
  }

  /** Compares everything with the kernel, and makes it right. @param why it is done, for the log */
  repair(why: string): void {
    const { made, removed, failed } = this.parts.kernel.repair();
    this.#masquerade();
    for (const [family, { peers }] of this.#halves) peers.compared(failuresOf({ failed }, family));
    if (made + removed === 0) return;
    this.#repairs++;
    this.#repaired += made + removed;
    this.log.line("warn", "repaired the overlay", { made, removed, why });
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

  /** @throws {Error} a sentence; what was opened before stays for the next attempt */
  async #openBackend(type: string): Promise<Backend> {
    if (this.#backend !== undefined && this.#network?.backendType === type) return this.#backend;
    return await this.parts.openBackend(type);
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { store } = this.parts;
    const network = await store.network(signal);
    this.#backend = await this.#openBackend(network.backendType);
    this.#network = network;
    const earlier = await earlierSubnets(this.options.subnetFile);
    // What cannot work is told before anything is taken or changed.
    for (const node of await this.#localNodes(firstSubnets(network))) this.#backend.prepare(network.text, node);
    const addresses = this.#publicIps(network);
    const own = await store.acquire({ node: this.options.node, ...addresses, earlier }, network, signal);
    this.#own = own;
    this.#setUp(await this.#localNodes(own));
    this.#own = await store.publish(own, this.#published(own), signal);
    this.#masquerade();
    await this.#writeSubnetFile();
  }

  #publicIps(network: NetworkConfig): { publicIp?: string; publicIpv6?: string } {
    return {
      ...network.ipv4 !== undefined && { publicIp: this.parts.kernel.underlay("ipv4").publicIp },
      ...network.ipv6 !== undefined && { publicIpv6: this.parts.kernel.underlay("ipv6").publicIp },
    };
  }

  /** This node, in each family in which it has a subnet. */
  async #localNodes(subnets: { readonly ipv4?: string; readonly ipv6?: string }): Promise<LocalNode[]> {
    const { kernel } = this.parts;
    const name = this.options.node;
    const nodes: LocalNode[] = [];
    for (const family of FAMILIES) {
      const subnet = subnets[family];
      if (subnet === undefined) continue;
      const { link, mtu, publicIp, onLink } = kernel.underlay(family);
      nodes.push({
        name,
        family,
        subnet,
        publicIp,
        underlay: link,
        underlayMtu: mtu,
        onLink: [...onLink],
        devices: kernel.devices(),
        freshMac: await freshMac(name, family),
      });
    }
    return nodes;
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

/** A subnet of each family that this node could have. */
function firstSubnets({ ipv4, ipv6 }: NetworkConfig): { ipv4?: string; ipv6?: string } {
  const first = (range: NetworkConfig["ipv4"]) => range && `${range.network.split("/")[0]}/${range.subnetLength}`;
  const [four, six] = [first(ipv4), first(ipv6)];
  return { ...four !== undefined && { ipv4: four }, ...six !== undefined && { ipv6: six } };
}

/** What is to be planned anew when it changes. */
function underlayOf({ family, publicIp, underlay, underlayMtu, onLink }: LocalNode): string {
  return JSON.stringify([family, publicIp, underlay, underlayMtu, onLink]);
}

function familyStatus({ node, plan }: Half): FamilyStatus {
  const { family, subnet, publicIp, underlay } = node;
  const device = plan.device?.name;
  return { family, subnet, publicIp, underlay, ...device !== undefined && { device }, podMtu: plan.podMtu };
}
