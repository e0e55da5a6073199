// What all peers need, and what the kernel has of it: held together, compared, and made the same.

import type { Family, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import { HostCallError } from "../error.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { applyAll, isObstacle, type Operation } from "./apply.ts";
import { Claims } from "./claims.ts";
import { compareObjects, type ObjectDifference, type OwnDevice } from "./difference.ts";
import { LinkNames, readEntries, readLinks, readRoutes } from "./kernel.ts";
import { type FoundRoute, isSame, keyOf, type OverlayObject } from "./object.ts";
import { errorOf, isOf, nameOf, peerKey } from "./peer_key.ts";
import type { Report } from "./report.ts";
import { objectsOf, type Scope } from "./scope.ts";

/** What one replacement leaves in a place that had several, the next removes. */
const MAX_ROUNDS = 3;

/** Of each peer: nothing where it has gone. */
export type Plans = Iterable<readonly [name: string, plan: PeerPlan | undefined]>;

export class PeerTables {
  readonly claims = new Claims();
  /** The node's links, as they were read last. */
  links = new LinkNames([]);
  /** What the kernel has by our knowledge, by key. */
  #written = new Map<string, OverlayObject>();
  /** Of peers whose plan was refused, by key. */
  readonly #refused = new Map<string, Report["errors"][number]>();

  constructor(private readonly netlink: RouteNetlink) {}

  readLinks(): LinkNames {
    return this.links = readLinks(this.netlink);
  }

  /**
   * Notes what peers need; nothing is sent yet.
   *
   * @param scope of this node; without one it has no such family
   * @returns the keys that this may have changed, each with the peer
   */
  claim(family: Family, scope: Scope | undefined, plans: Plans, report: Report): Map<string, string> {
    const keys = new Map<string, string>();
    for (const [name, plan] of plans) {
      const peer = peerKey(family, name);
      let objects: OverlayObject[] = [];
      this.#refused.delete(peer);
      try {
        if (plan && scope) objects = objectsOf(scope, plan);
        else if (plan) {
          const why = `this node itself has no ${family} in the overlay`;
          throw new HostCallError("invalid", `Cannot reach ${name} as ${why}`);
        }
      } catch (error) {
        if (!(error instanceof HostCallError)) throw error;
        const refusal = errorOf(peer, error.message);
        this.#refused.set(peer, refusal);
        report.errors.push(refusal);
      }
      for (const key of this.claims.set(peer, objects)) keys.set(key, peer);
    }
    return keys;
  }

  /** As `claim`, for all peers that there are: others have gone. */
  claimAll(family: Family, scope: Scope | undefined, plans: Plans, report: Report): Map<string, string> {
    const all = new Map(plans);
    // A peer that was refused claims nothing.
    for (const peer of [...this.claims.peers(), ...this.#refused.keys()]) {
      const name = nameOf(peer);
      if (isOf(family, peer) && !all.has(name)) all.set(name, undefined);
    }
    return this.claim(family, scope, all, report);
  }

  /** Forgets that the kernel has it, and leaves it there. */
  leave(keys: Iterable<string>): void {
    for (const key of keys) this.#written.delete(key);
  }

  /** Writes what differs, of these keys, from what the kernel has by our knowledge. @param keys of `claim` */
  settle(keys: ReadonlyMap<string, string>, report: Report): void {
    const puts: [object: OverlayObject, peer: string, present: OverlayObject | undefined][] = [];
    const removals: [object: OverlayObject, peer: string][] = [];
    for (const [key, peer] of keys) {
      const wanted = this.claims.get(key);
      const written = this.#written.get(key);
      if (wanted && written && isSame(wanted.object, written)) report.unchanged++;
      else if (wanted) puts.push([wanted.object, wanted.peer, written]);
      else if (written) removals.push([written, peer]);
    }
    if ([...puts, ...removals].some(([{ link }]) => this.links.named(link) === undefined)) this.readLinks();
    this.#apply([
      ...this.#puts(puts, report),
      ...removals.map(([object, peer]) => this.#removal(object, peer)),
    ], report);
  }

  /** Reads what the kernel has, by the links that were read last. @param sweep whether what nobody wants differs */
  compare(devices: readonly OwnDevice[], sweep: boolean): ObjectDifference[] {
    const links = devices.map(({ name }) => this.links.named(name)).filter((link) => link?.kind === "vxlan");
    const found = {
      links: this.links,
      routes: readRoutes(this.netlink, this.links),
      entries: links.flatMap((link) => readEntries(this.netlink, link!)),
    };
    const { inPlace, differences } = compareObjects(this.claims, found, devices, sweep);
    this.#written = inPlace;
    return differences;
  }

  /** As `compare`, and makes it right. Peers that were refused are still without what they need. */
  repair(devices: readonly OwnDevice[], sweep: boolean, report: Report): void {
    const told = new Set(report.errors);
    for (const refusal of this.#refused.values()) if (!told.has(refusal)) report.errors.push(refusal);
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const differences = this.compare(devices, sweep);
      if (round === 1) report.unchanged += this.#written.size;
      const errors = report.errors.length;
      const [foreign, wanted] = [differences.filter(isForeign), differences.filter((it) => !isForeign(it))];
      this.#apply([
        ...this.#puts(
          wanted.map(({ object, peer, instead }) => [object as OverlayObject, peer!, instead[0]]),
          report,
        ),
        ...foreign.map(({ object }) => this.#removal(object)),
      ], report);
      // Where there was nothing before, nothing can be left.
      if (report.errors.length > errors || differences.every(({ state }) => state === "missing")) break;
    }
  }

  #puts(
    wanted:
      readonly (readonly [object: OverlayObject, peer: string, present: OverlayObject | FoundRoute | undefined])[],
    report: Report,
  ): Operation[] {
    /** Peers and links: one that is missing is said once. */
    const said = new Set<string>();
    return wanted.flatMap(([object, peer, present]): Operation[] => {
      const index = this.links.named(object.link)?.index;
      if (index !== undefined) {
        const before = present && isObstacle(present, object) ? this.links.named(present.link)?.index : undefined;
        const obstacle = present && before !== undefined ? { object: present, index: before } : undefined;
        return [{ put: true, object, index, peer, ...obstacle ? { obstacle } : {} }];
      }
      const key = `${peer} ${object.link}`;
      if (!said.has(key)) {
        report.errors.push(errorOf(peer, `Cannot reach ${nameOf(peer)} by ${object.link} as there is no such link`));
      }
      said.add(key);
      return [];
    });
  }

  /** Undefined where its link has gone, and so has it. */
  #removal(object: OverlayObject | FoundRoute, peer?: string): Operation | undefined {
    const index = "linkIndex" in object ? object.linkIndex : this.links.named(object.link)?.index;
    if (index !== undefined) return { put: false, object, index, ...peer === undefined ? {} : { peer } };
    this.#written.delete(keyOf(object as OverlayObject));
    return undefined;
  }

  #apply(operations: readonly (Operation | undefined)[], report: Report): void {
    const asked = operations.filter((operation) => operation !== undefined);
    applyAll(this.netlink, asked, report, ({ put, object }) => {
      if ("protocol" in object) return;
      if (put) this.#written.set(keyOf(object), object);
      else this.#written.delete(keyOf(object));
    });
  }
}

function isForeign({ state }: ObjectDifference): boolean {
  return state === "foreign";
}
