// The host's half of the overlay: what backends want for this node and its peers, held, compared with what the kernel
// has, and made so. Nothing is written where nothing differs. Not part of any attachment: there is no journal, it can
// be made again at any time.

import type { Family, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { HostCallError } from "../error.ts";
import { KernelError } from "../sys/errno.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import type { OffloadSwitch } from "./checksum_offload.ts";
import type { Claims } from "./claims.ts";
import { CountedNetlink } from "./counted.ts";
import { deleteDevice } from "./device.ts";
import { type Difference, type OwnDevice, toDifference } from "./difference.ts";
import type { LinkNames } from "./kernel.ts";
import { compareNode, type NodeState, repairNode } from "./node.ts";
import { PeerTables, type Plans } from "./peer_tables.ts";
import { emptyReport, type Report } from "./report.ts";
import { type NodeNeeds, scopeOf } from "./scope.ts";

export interface OverlayParts {
  readonly claims: Pick<Claims, "get">;
  readonly links: LinkNames;
  readonly nodes: readonly NodeState[];
  /** Whether what nobody wants is removed. */
  readonly sweeps: boolean;
}

export class Overlay {
  readonly #netlink: CountedNetlink;
  readonly #peers: PeerTables;
  readonly #nodes = new Map<Family, NodeState>();
  /** The families all of whose peers are known. Until then nothing is swept. */
  readonly #complete = new Set<Family>();

  /**
   * @param netlink of the node's namespace
   * @param offload of the same; without one, checksums stay as they are
   */
  constructor(netlink: RouteNetlink, private readonly offload?: OffloadSwitch) {
    this.#netlink = new CountedNetlink(netlink);
    this.#peers = new PeerTables(this.#netlink);
  }

  /**
   * What this node needs in one family; undefined: the family has gone, with its peers and its device. Where another
   * device, link or network is meant than before, the family's peers are forgotten: call `setAllPeers` next.
   */
  setNode(family: Family, needs: NodeNeeds | undefined): Report {
    return this.#reporting(family, (report) => {
      const scope = needs && scopeOf(family, needs);
      const before = this.#nodes.get(family);
      const device = before?.needs.device;
      if (before && !isSameScope(before.needs, needs)) {
        this.#complete.delete(family);
        const keys = this.#peers.claimAll(family, before, [], report);
        // Else they stay in the kernel until it is known which of them are wanted still.
        if (needs === undefined) this.#peers.settle(keys, report);
        else this.#peers.leave(keys.keys());
        if (device && device.name !== needs?.device?.name) this.#removeDevice(device.name);
      }
      if (scope === undefined) this.#nodes.delete(family);
      else {
        const index = device && device.name === needs?.device?.name ? before?.index : undefined;
        this.#nodes.set(family, { ...scope, ...index === undefined ? {} : { index } });
      }
      this.#repair(report);
    });
  }

  /** What one peer needs; undefined: it has gone. Nothing is sent where that is nothing new. */
  setPeer(family: Family, name: string, plan: PeerPlan | undefined): Report {
    return this.setPeers(family, [[name, plan]]);
  }

  /** What some peers need. A plan that asks for what is not the overlay's is refused, and the peer has nothing. */
  setPeers(family: Family, plans: Plans): Report {
    return this.#reporting(family, (report) => {
      this.#peers.settle(this.#peers.claim(family, this.#nodes.get(family), plans, report), report);
    });
  }

  /**
   * What all peers need that there are. What the kernel has already is kept, whoever made it; from now on, what nobody
   * wants is removed.
   */
  setAllPeers(family: Family, plans: Iterable<readonly [name: string, plan: PeerPlan]>): Report {
    return this.#reporting(family, (report) => {
      this.#peers.claimAll(family, this.#nodes.get(family), plans, report);
      this.#complete.add(family);
      this.#repair(report);
    });
  }

  /**
   * All that differs from what is wanted. Nothing is changed.
   *
   * @throws {HostCallError} if the kernel cannot be asked
   */
  compare(): Difference[] {
    const links = this.#peers.readLinks();
    return [
      ...[...this.#nodes.values()].flatMap((node) => compareNode(this.#netlink, links, node, this.offload)),
      ...this.#peers.compare(this.#devices, this.#sweeps).map(toDifference),
    ];
  }

  /** Compares everything, and makes it right. */
  repair(): Report {
    return this.#reporting(undefined, (report) => this.#repair(report));
  }

  /** What the overlay is made of, for whoever looks at notifications: see `Concern`. */
  get parts(): OverlayParts {
    const { claims, links } = this.#peers;
    return { claims, links, nodes: [...this.#nodes.values()], sweeps: this.#sweeps };
  }

  get #sweeps(): boolean {
    return this.#complete.size > 0 && [...this.#nodes.keys()].every((family) => this.#complete.has(family));
  }

  get #devices(): OwnDevice[] {
    return [...this.#nodes.values()].map(({ needs }) => needs.device).filter((device) => device !== undefined);
  }

  #repair(report: Report): void {
    const read = () => this.#peers.readLinks();
    read();
    for (const node of this.#nodes.values()) repairNode(this.#netlink, read, node, this.offload, report);
    this.#peers.repair(this.#devices, this.#sweeps, report);
  }

  #removeDevice(name: string): void {
    const link = this.#peers.readLinks().named(name);
    if (link?.kind === "vxlan") deleteDevice(this.#netlink, link);
  }

  /** Errors of the kernel and refusals are reported; defects are thrown. */
  #reporting(family: Family | undefined, fn: (report: Report) => void): Report {
    const report = emptyReport();
    const before = this.#netlink.count;
    try {
      fn(report);
    } catch (error) {
      if (!(error instanceof HostCallError || error instanceof KernelError)) throw error;
      report.errors.push({ ...family === undefined ? {} : { family }, message: error.message });
    }
    report.messages = this.#netlink.count - before;
    return report;
  }
}

/** Whether what is wanted for peers is made of the same. */
function isSameScope(a: NodeNeeds, b: NodeNeeds | undefined): boolean {
  return a.device?.name === b?.device?.name && a.network === b?.network && a.subnet === b.subnet &&
    a.underlay === b.underlay;
}
