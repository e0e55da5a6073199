// The host's half of the overlay: what backends want for this node and its peers, held, compared with what the kernel
// has, and made so. Nothing is written where nothing differs. Not part of any attachment: there is no journal, it can
// be made again at any time.

import type { Family, PeerPlan } from "cnidaria:cni/controller@0.1.0";
import { HostCallError } from "../error.ts";
import { KernelError } from "../sys/errno.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { applyAll, isObstacle, type Operation, wordsOf } from "./apply.ts";
import type { OffloadSwitch } from "./checksum_offload.ts";
import { Claims } from "./claims.ts";
import { CountedNetlink } from "./counted.ts";
import { deleteDevice } from "./device.ts";
import { compareObjects, type Difference, type ObjectDifference, type OwnDevice, toDifference } from "./difference.ts";
import { LinkNames, readEntries, readLinks, readRoutes } from "./kernel.ts";
import { compareNode, type NodeState, repairNode } from "./node.ts";
import { type FoundRoute, isSame, keyOf, type OverlayObject } from "./object.ts";
import { errorOf, isOf, nameOf, peerKey } from "./peer_key.ts";
import { emptyReport, type Report } from "./report.ts";
import { type NodeNeeds, objectsOf, scopeOf } from "./scope.ts";

export interface OverlayParts {
  readonly claims: Pick<Claims, "get">;
  readonly links: LinkNames;
  readonly nodes: readonly NodeState[];
  /** Whether what nobody wants is removed. */
  readonly sweeps: boolean;
}

/** What one replacement leaves in a place that had several, the next removes. */
const MAX_ROUNDS = 3;

export class Overlay {
  readonly #claims = new Claims();
  readonly #netlink: CountedNetlink;
  readonly #nodes = new Map<Family, NodeState>();
  /** The families all of whose peers are known. Until then nothing is swept. */
  readonly #complete = new Set<Family>();
  /** What the kernel has by our knowledge, by key. */
  #written = new Map<string, OverlayObject>();
  #links = new LinkNames([]);

  /**
   * @param netlink of the node's namespace
   * @param offload of the same; without one, checksums stay as they are
   */
  constructor(netlink: RouteNetlink, private readonly offload?: OffloadSwitch) {
    this.#netlink = new CountedNetlink(netlink);
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
        const keys = this.#forgetPeers(family);
        // Else they stay in the kernel until it is known which of them are wanted still.
        if (needs === undefined) this.#settle(keys, report);
        else for (const key of keys.keys()) this.#written.delete(key);
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
  setPeers(family: Family, plans: Iterable<readonly [name: string, plan: PeerPlan | undefined]>): Report {
    return this.#reporting(family, (report) => this.#settle(this.#claim(family, plans, report), report));
  }

  /**
   * What all peers need that there are. What the kernel has already is kept, whoever made it; from now on, what nobody
   * wants is removed.
   */
  setAllPeers(family: Family, plans: Iterable<readonly [name: string, plan: PeerPlan]>): Report {
    return this.#reporting(family, (report) => {
      const all = new Map<string, PeerPlan | undefined>(plans);
      for (const peer of [...this.#claims.peers()]) {
        const name = nameOf(peer);
        if (isOf(family, peer) && !all.has(name)) all.set(name, undefined);
      }
      this.#claim(family, all, report);
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
    this.#links = readLinks(this.#netlink);
    const nodes = [...this.#nodes.values()];
    return [
      ...nodes.flatMap((node) => compareNode(this.#netlink, this.#links, node, this.offload)),
      ...this.#compareObjects().map(toDifference),
    ];
  }

  /** Compares everything, and makes it right. */
  repair(): Report {
    return this.#reporting(undefined, (report) => this.#repair(report));
  }

  /** What the overlay is made of, for whoever looks at notifications: see `Concern`. */
  get parts(): OverlayParts {
    return { claims: this.#claims, links: this.#links, nodes: [...this.#nodes.values()], sweeps: this.#sweeps };
  }

  get #sweeps(): boolean {
    return this.#complete.size > 0 && [...this.#nodes.keys()].every((family) => this.#complete.has(family));
  }

  #repair(report: Report): void {
    const read = () => this.#links = readLinks(this.#netlink);
    read();
    for (const node of this.#nodes.values()) repairNode(this.#netlink, read, node, this.offload, report);
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const differences = this.#compareObjects();
      if (round === 1) report.unchanged += this.#written.size;
      const errors = report.errors.length;
      this.#apply(differences.map((difference) => this.#operationOf(difference, report)), report);
      // Where there was nothing before, nothing can be left.
      if (report.errors.length > errors || differences.every(({ state }) => state === "missing")) break;
    }
  }

  #compareObjects(): ObjectDifference[] {
    const devices: OwnDevice[] = [...this.#nodes.values()].map(({ needs }) => needs.device)
      .filter((device) => device !== undefined);
    const links = devices.map(({ name }) => this.#links.named(name)).filter((link) => link?.kind === "vxlan");
    const found = {
      links: this.#links,
      routes: readRoutes(this.#netlink, this.#links),
      entries: links.flatMap((link) => readEntries(this.#netlink, link!)),
    };
    const { inPlace, differences } = compareObjects(this.#claims, found, devices, this.#sweeps);
    this.#written = inPlace;
    return differences;
  }

  #operationOf({ state, object, instead, peer }: ObjectDifference, report: Report): Operation | undefined {
    if (state !== "foreign") return this.#put(object as OverlayObject, peer ?? "", report, instead[0]);
    const index = "linkIndex" in object ? object.linkIndex : this.#links.named(object.link)?.index;
    return index === undefined ? undefined : { put: false, object, index };
  }

  #put(
    object: OverlayObject,
    peer: string,
    report: Report,
    present?: OverlayObject | FoundRoute,
  ): Operation | undefined {
    const index = this.#indexOf(object.link);
    if (index !== undefined) {
      const before = present && isObstacle(present, object) ? this.#indexOf(present.link) : undefined;
      const obstacle = present && before !== undefined ? { object: present, index: before } : undefined;
      return { put: true, object, index, peer, ...obstacle ? { obstacle } : {} };
    }
    const message = `Cannot ${wordsOf({ put: true, object })} as there is no such link`;
    report.errors.push(errorOf(peer, message));
    return undefined;
  }

  #indexOf(link: string): number | undefined {
    const known = this.#links.named(link);
    if (known) return known.index;
    this.#links = readLinks(this.#netlink);
    return this.#links.named(link)?.index;
  }

  #claim(
    family: Family,
    plans: Iterable<readonly [string, PeerPlan | undefined]>,
    report: Report,
  ): Map<string, string> {
    const node = this.#nodes.get(family);
    /** Key to the peer that changed it. */
    const keys = new Map<string, string>();
    for (const [name, plan] of plans) {
      const peer = peerKey(family, name);
      let objects: OverlayObject[] = [];
      try {
        if (plan && !node) {
          throw new HostCallError(
            "invalid",
            `Cannot reach ${name} as this node itself has no ${family} in the overlay`,
          );
        }
        if (plan && node) objects = objectsOf(node, plan);
      } catch (error) {
        if (!(error instanceof HostCallError)) throw error;
        report.errors.push(errorOf(peer, error.message));
      }
      for (const key of this.#claims.set(peer, objects)) keys.set(key, peer);
    }
    return keys;
  }

  /**
   * Writes what differs from what the kernel has by our knowledge.
   *
   * @param keys each with the peer that changed it
   */
  #settle(keys: ReadonlyMap<string, string>, report: Report): void {
    const operations: (Operation | undefined)[] = [];
    for (const [key, peer] of keys) {
      const wanted = this.#claims.get(key);
      const written = this.#written.get(key);
      if (wanted && written && isSame(wanted.object, written)) report.unchanged++;
      else if (wanted) operations.push(this.#put(wanted.object, wanted.peer, report, written));
      else if (written) {
        const index = this.#indexOf(written.link);
        // It went with its link.
        if (index === undefined) this.#written.delete(key);
        else operations.push({ put: false, object: written, index, peer });
      }
    }
    this.#apply(operations, report);
  }

  #apply(operations: readonly (Operation | undefined)[], report: Report): void {
    const asked = operations.filter((operation) => operation !== undefined);
    applyAll(this.#netlink, asked, report, ({ put, object }) => {
      if ("protocol" in object) return;
      if (put) this.#written.set(keyOf(object), object);
      else this.#written.delete(keyOf(object));
    });
  }

  /** @returns the keys that they wanted */
  #forgetPeers(family: Family): Map<string, string> {
    const keys = new Map<string, string>();
    for (const peer of [...this.#claims.peers()].filter((peer) => isOf(family, peer))) {
      for (const key of this.#claims.set(peer, [])) keys.set(key, peer);
    }
    return keys;
  }

  #removeDevice(name: string): void {
    this.#links = readLinks(this.#netlink);
    const link = this.#links.named(name);
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
