// Which pods a selector selects, kept true as pods, labels and namespaces change.

import type { Pods } from "../parsed_policy.ts";
import { matches, selectorText } from "../read/selector.ts";
import type { Group, Identity, Namespace } from "./entities.ts";

/** Told of each identity that has come into a group or has left it. */
export type Moved = (identity: Identity, group: Group) => void;

export class Groups {
  readonly #groups = new Map<string, Group>();
  /** Those with a selector of namespaces. */
  readonly #selecting = new Set<Group>();

  /** @param namespaces all of them, by name; `need` makes one that is only named, `unneeded` ends that */
  constructor(
    private readonly namespaces: ReadonlyMap<string, Namespace>,
    private readonly need: (name: string) => Namespace,
    private readonly moved: Moved,
    private readonly unneeded: (namespace: Namespace) => void,
  ) {}

  /** The group of these pods, until it is released as often as it was acquired. */
  acquire(pods: Pods): Group {
    const text = podsText(pods);
    let group = this.#groups.get(text);
    if (group === undefined) {
      const sets = { ipv4: undefined, ipv6: undefined };
      group = { text, pods, members: new Set(), uses: 0, subjectOf: new Set(), sets };
      this.#groups.set(text, group);
      if ("name" in pods.namespaces) this.#include(group, this.need(pods.namespaces.name));
      else {
        this.#selecting.add(group);
        for (const namespace of this.namespaces.values()) {
          if (matches(pods.namespaces.selector, namespace.labels)) this.#include(group, namespace);
        }
      }
    }
    group.uses++;
    return group;
  }

  release(group: Group): void {
    if (--group.uses > 0) return;
    this.#groups.delete(group.text);
    this.#selecting.delete(group);
    for (const identity of group.members) identity.groups.delete(group);
    const { namespaces } = group.pods;
    if ("name" in namespaces) {
      const namespace = this.need(namespaces.name);
      namespace.groups.delete(group);
      this.unneeded(namespace);
    } else for (const namespace of this.namespaces.values()) namespace.groups.delete(group);
  }

  /** A namespace is new, or its labels are. */
  namespaceChanged(namespace: Namespace): void {
    for (const group of this.#selecting) {
      const { namespaces } = group.pods;
      const isSelected = "selector" in namespaces && matches(namespaces.selector, namespace.labels);
      if (isSelected === namespace.groups.has(group)) continue;
      if (isSelected) this.#include(group, namespace);
      else this.#exclude(group, namespace);
    }
  }

  identityCame(identity: Identity): void {
    for (const group of identity.namespace.groups) this.#consider(group, identity);
  }

  identityWent(identity: Identity): void {
    for (const group of identity.groups) group.members.delete(identity);
  }

  #include(group: Group, namespace: Namespace): void {
    namespace.groups.add(group);
    for (const identity of namespace.identities.values()) this.#consider(group, identity);
  }

  #exclude(group: Group, namespace: Namespace): void {
    namespace.groups.delete(group);
    for (const identity of namespace.identities.values()) {
      if (!group.members.delete(identity)) continue;
      identity.groups.delete(group);
      this.moved(identity, group);
    }
  }

  #consider(group: Group, identity: Identity): void {
    if (!matches(group.pods.pods, identity.labels)) return;
    group.members.add(identity);
    identity.groups.add(group);
    this.moved(identity, group);
  }
}

const texts = new WeakMap<Pods, string>();

/** Equal ones are equal texts: no name of a namespace has a colon in it. */
export function podsText(pods: Pods): string {
  let text = texts.get(pods);
  if (text === undefined) {
    const { namespaces } = pods;
    const first = "name" in namespaces ? `${namespaces.name}:` : `:${selectorText(namespaces.selector)}:`;
    text = first + selectorText(pods.pods);
    texts.set(pods, text);
  }
  return text;
}
