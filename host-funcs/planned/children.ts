// Links of a plan on a parent: macvlans, ipvlans, VLAN devices. What the kernel checks of a parent, what a child has
// from it, and what follows where it changes. Sources: drivers/net/{macvlan,ipvlan}, net/8021q.

import { IFLA_IPVLAN_MODE, readChild } from "../links/child_message.ts";
import { IFLA_ADDRESS, IFLA_LINK, IFLA_MTU, readLink } from "../links/link_message.ts";
import { EADDRINUSE, EBUSY, EEXIST, EINVAL, ENETDOWN, EOPNOTSUPP, KernelError } from "../sys/errno.ts";
import { ARPHRD_LOOPBACK, type PlannedLink } from "./link.ts";
import { bytesOfU32, sameBytes } from "./received.ts";

const KINDS: readonly string[] = ["macvlan", "ipvlan", "vlan"];

/** Whether it is a link on a parent. */
export function isChild({ kind }: PlannedLink): boolean {
  return KINDS.includes(kind);
}

export class PlannedChildren {
  readonly #parents = new Map<PlannedLink, PlannedLink>();

  /** Of links that the plan makes. */
  parentOf(link: PlannedLink): PlannedLink | undefined {
    return this.#parents.get(link);
  }

  of(parent: PlannedLink): PlannedLink[] {
    return [...this.#parents].flatMap(([child, own]) => own === parent ? [child] : []);
  }

  forget(link: PlannedLink): void {
    this.#parents.delete(link);
  }

  /** A link is another object once it is in another namespace. */
  replace(link: PlannedLink, moved: PlannedLink): void {
    const parent = this.#parents.get(link);
    this.#parents.delete(link);
    if (parent !== undefined) this.#parents.set(moved, parent);
    for (const child of this.of(link)) this.#parents.set(child, moved);
  }

  /**
   * Puts a new link on its parent, from which it gets what was not asked for.
   *
   * @param beside the links of the parent's namespace: those on it that the plan did not make are among them
   * @throws {KernelError}
   */
  adopt(link: PlannedLink, asked: PlannedLink | undefined, beside: readonly PlannedLink[]): void {
    if (asked === undefined) throw new KernelError(EINVAL);
    // One on another of its kind is on that one's parent.
    const parent = asked.kind === link.kind && link.kind !== "vlan" ? this.parentOf(asked) ?? asked : asked;
    if (parent.type === ARPHRD_LOOPBACK) {
      throw link.kind === "vlan"
        ? new KernelError(EOPNOTSUPP, "VLANs not supported on device")
        : new KernelError(EINVAL);
    }
    if (link.attributes.has(IFLA_MTU) && link.kind !== "ipvlan" && link.mtu > parent.mtu) throw new KernelError(EINVAL);
    const present = beside.filter((it) => !it.made && isChild(it) && it.otherIndex === parent.index);
    checkBesides(link, parent, [...this.of(parent), ...present]);
    // All ipvlans of a parent have one mode: the last one's.
    const mode = link.kind === "ipvlan" ? link.data.get(IFLA_IPVLAN_MODE) : undefined;
    if (mode !== undefined) { for (const sibling of this.of(parent)) sibling.data.set(IFLA_IPVLAN_MODE, mode); }
    this.#parents.set(link, parent);
    link.attributes.set(IFLA_LINK, bytesOfU32(parent.index));
    if (!link.attributes.has(IFLA_MTU)) link.attributes.set(IFLA_MTU, bytesOfU32(parent.mtu));
    const mac = link.kind === "macvlan" && !isPassthru(link) ? undefined : parent.mac;
    if (mac !== undefined && (link.kind !== "vlan" || link.mac === undefined)) link.attributes.set(IFLA_ADDRESS, mac);
  }

  /** @throws {KernelError} where the kernel would not set it up */
  checkUp(link: PlannedLink): void {
    const parent = this.parentOf(link);
    if (parent === undefined) return;
    if (link.kind === "vlan" && !parent.up) throw new KernelError(ENETDOWN);
    if (link.kind !== "macvlan" || isPassthru(link)) return;
    const others = this.of(parent).filter((it) => it !== link && it.up);
    if ([parent, ...others].some((it) => sameBytes(it.mac, link.mac))) throw new KernelError(EADDRINUSE);
  }

  /** None is larger than what its parent carries. */
  limitMtu(parent: PlannedLink): void {
    for (const child of this.of(parent)) {
      if (child.mtu > parent.mtu) child.attributes.set(IFLA_MTU, bytesOfU32(parent.mtu));
    }
  }
}

/** @throws {KernelError} where the parent takes no such child beside those it has */
function checkBesides(link: PlannedLink, parent: PlannedLink, others: readonly PlannedLink[]): void {
  if (link.kind === "vlan") {
    const id = childOf(link)?.val;
    if (others.some((it) => it.kind === "vlan" && childOf(it)?.val === id)) {
      throw new KernelError(EEXIST, "VLAN device already exists");
    }
    return;
  }
  const receivers = others.filter((it) => it.kind !== "vlan");
  if (parent.port !== undefined || receivers.some((it) => it.kind !== link.kind)) throw new KernelError(EBUSY);
  if (receivers.length > 0 && [link, ...receivers].some(isPassthru)) throw new KernelError(EINVAL);
}

function isPassthru(link: PlannedLink): boolean {
  const child = childOf(link);
  return child?.tag === "macvlan" && child.val === "passthru";
}

function childOf(link: PlannedLink) {
  return readChild(readLink(link.describe())!);
}
