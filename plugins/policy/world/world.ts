// The cluster as it was observed. What a change may have an effect on is noted, for the next plan.

import type { Namespace as NamespaceObject, Node, Pod as PodObject, PodName } from "cnidaria:cni/policy@0.3.0";
import type { Address, Identity, Namespace, Pod } from "./entities.ts";
import { Groups } from "./groups.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";

export class World {
  readonly #namespaces = new Map<string, Namespace>();
  readonly #pods = new Map<string, Pod>();
  readonly addresses = new Map<string, Address>();
  readonly nodes = new Map<string, { readonly labels: ReadonlyMap<string, string>; readonly addresses: string[] }>();
  /** Pods that name a port so. */
  readonly podsByPort = new Map<string, Set<Pod>>();
  readonly groups = new Groups(
    this.#namespaces,
    (name) => this.#namespace(name),
    (identity, group) => {
      if (group.sets.ipv4 !== undefined || group.sets.ipv6 !== undefined) this.#touchAddresses(identity);
      if (group.subjectOf.size > 0 && identity.localPods > 0) this.touchedIdentities.add(identity);
    },
    (namespace) => this.#dropNamespace(namespace),
  );
  /** Since the last plan: another owner, another identity of the owner, or other ports. */
  readonly touchedAddresses = new Set<Address>();
  /** Since the last plan: those with pods on this node, to which other policies may apply. */
  readonly touchedIdentities = new Set<Identity>();
  nodesTouched = false;

  namespaceSet({ name, labels }: NamespaceObject): void {
    const namespace = this.#namespace(name);
    namespace.isKnown = true;
    namespace.labels = new Map([...labels, [NAME_LABEL, name]]);
    this.groups.namespaceChanged(namespace);
  }

  namespaceGone(name: string): void {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) return;
    namespace.isKnown = false;
    namespace.labels = new Map([[NAME_LABEL, name]]);
    this.groups.namespaceChanged(namespace);
    this.#dropNamespace(namespace);
  }

  podSet({ name, labels, addresses, ports, local }: PodObject): void {
    const key = keyOf(name);
    const before = this.#pods.get(key);
    const identity = this.#identity(name.namespace, labels);
    const pod: Pod = {
      key,
      identity,
      addresses: [...new Set(addresses)].map((text) => this.#address(text)),
      ports,
      isLocal: local,
    };
    if (before !== undefined && isSame(before, pod)) return;
    this.#pods.set(key, pod);
    identity.pods.add(pod);
    if (local && identity.localPods++ === 0) this.touchedIdentities.add(identity);
    // Who has said nothing new of its addresses becomes no newer by it: else two that share one would take turns.
    const isNewer = before === undefined || !hasSameAddresses(before, pod);
    for (const address of pod.addresses) {
      if (isNewer) address.pods.push(pod);
      else address.pods[address.pods.indexOf(before)] = pod;
      this.touchedAddresses.add(address);
    }
    for (const { name } of ports) {
      const pods = this.podsByPort.get(name);
      if (pods === undefined) this.podsByPort.set(name, new Set([pod]));
      else pods.add(pod);
    }
    if (before !== undefined) this.#remove(before);
  }

  podGone(name: PodName): void {
    const key = keyOf(name);
    const pod = this.#pods.get(key);
    if (pod === undefined) return;
    this.#pods.delete(key);
    this.#remove(pod);
  }

  nodeSet({ name, labels, addresses }: Node): void {
    this.nodes.set(name, { labels: new Map(labels), addresses });
    this.nodesTouched = true;
  }

  nodeGone(name: string): void {
    if (this.nodes.delete(name)) this.nodesTouched = true;
  }

  #remove(pod: Pod): void {
    const { identity, addresses, ports, isLocal } = pod;
    identity.pods.delete(pod);
    if (isLocal && --identity.localPods === 0) this.touchedIdentities.add(identity);
    for (const address of addresses) {
      const at = address.pods.indexOf(pod);
      if (at >= 0) address.pods.splice(at, 1);
      this.touchedAddresses.add(address);
    }
    for (const { name } of ports) {
      const pods = this.podsByPort.get(name);
      pods?.delete(pod);
      if (pods?.size === 0) this.podsByPort.delete(name);
    }
    if (identity.pods.size > 0) return;
    const { namespace } = identity;
    namespace.identities.delete(identity.text);
    this.groups.identityWent(identity);
    this.#dropNamespace(namespace);
  }

  #touchAddresses(identity: Identity): void {
    for (const { addresses } of identity.pods) for (const address of addresses) this.touchedAddresses.add(address);
  }

  #namespace(name: string): Namespace {
    const known = this.#namespaces.get(name);
    if (known !== undefined) return known;
    const namespace: Namespace = {
      name,
      labels: new Map([[NAME_LABEL, name]]),
      isKnown: false,
      identities: new Map(),
      groups: new Set(),
    };
    this.#namespaces.set(name, namespace);
    this.groups.namespaceChanged(namespace);
    return namespace;
  }

  /** One that nothing is in, and that is not there, is of no use. */
  #dropNamespace({ name, isKnown, identities, groups }: Namespace): void {
    if (isKnown || identities.size > 0) return;
    for (const { pods } of groups) if ("name" in pods.namespaces) return;
    this.#namespaces.delete(name);
  }

  #identity(name: string, labels: PodObject["labels"]): Identity {
    const namespace = this.#namespace(name);
    const text = JSON.stringify([...labels].sort(([one], [other]) => one < other ? -1 : 1));
    const known = namespace.identities.get(text);
    if (known !== undefined) return known;
    const identity: Identity = {
      namespace,
      text,
      labels: new Map(labels),
      pods: new Set(),
      localPods: 0,
      groups: new Set(),
      chains: { ingress: undefined, egress: undefined },
    };
    namespace.identities.set(text, identity);
    this.groups.identityCame(identity);
    return identity;
  }

  #address(text: string): Address {
    const known = this.addresses.get(text);
    if (known !== undefined) return known;
    const address: Address = { text, isIpv6: text.includes(":"), pods: [], sets: [], portSets: [] };
    this.addresses.set(text, address);
    return address;
  }
}

function keyOf({ namespace, name }: PodName): string {
  return `${namespace}/${name}`;
}

function isSame(one: Pod, other: Pod): boolean {
  return one.identity === other.identity && one.isLocal === other.isLocal && hasSameAddresses(one, other) &&
    JSON.stringify(one.ports) === JSON.stringify(other.ports);
}

function hasSameAddresses({ addresses: one }: Pod, { addresses: other }: Pod): boolean {
  return one.length === other.length && one.every((address, at) => address === other[at]);
}
