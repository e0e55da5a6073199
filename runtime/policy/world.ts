// What is known of the cluster, as the events that tell it: so that a fresh compiler can be told everything, and that
// nothing is told which is so already. Pods change with each report of their kubelet.

import type { Event, PolicyName } from "cnidaria:cni/policy@0.3.0";

type Subject = "namespace" | "pod" | "node" | "policy";

export class World {
  readonly #known: Readonly<Record<Subject, Map<string, { readonly event: Event; readonly text: string }>>> = {
    namespace: new Map(),
    pod: new Map(),
    node: new Map(),
    policy: new Map(),
  };

  /** Keys of the pods that have an address; the one that got it last is last. */
  readonly #podsOf = new Map<string, string[]>();

  /** Takes an event in. @returns whether it says something new */
  take(event: Event): boolean {
    const subject = event.tag.replace("-gone", "") as Subject;
    const known = this.#known[subject];
    const key = keyOf(event);
    const before = known.get(key);
    if (event.tag.endsWith("-gone")) {
      for (const address of addressesOf(before?.event)) this.#forget(address, key);
      return known.delete(key);
    }
    const text = JSON.stringify(event.val);
    if (before?.text === text) return false;
    const [had, has] = [addressesOf(before?.event), addressesOf(event)];
    if (had.join() !== has.join()) {
      for (const address of had) this.#forget(address, key);
      for (const address of has) this.#podsOf.set(address, [...this.#podsOf.get(address) ?? [], key]);
      // Whoever is told everything is told of pods in the order in which they got their addresses.
      known.delete(key);
    }
    known.set(key, { event, text });
    return true;
  }

  /** Everything, for who knows nothing. */
  all(): Event[] {
    return Object.values(this.#known).flatMap((known) => [...known.values()].map(({ event }) => event));
  }

  count(subject: Subject): number {
    return this.#known[subject].size;
  }

  /**
   * The pod that has an address: `namespace/name`; undefined where none is known to. Of several it is one on this node, else
   * the one that got it last: as the component has it.
   */
  podOf(address: string): string | undefined {
    const keys = this.#podsOf.get(address);
    return keys?.findLast((key) => {
      const event = this.#known.pod.get(key)?.event;
      return event?.tag === "pod" && event.val.local;
    }) ?? keys?.at(-1);
  }

  #forget(address: string, key: string): void {
    const keys = this.#podsOf.get(address)?.filter((it) => it !== key) ?? [];
    if (keys.length === 0) this.#podsOf.delete(address);
    else this.#podsOf.set(address, keys);
  }
}

function addressesOf(event: Event | undefined): readonly string[] {
  return event?.tag === "pod" ? event.val.addresses : [];
}

/** What an event is about, apart from others of its subject. */
export function keyOf(event: Event): string {
  switch (event.tag) {
    case "namespace":
    case "node":
      return event.val.name;
    case "namespace-gone":
    case "node-gone":
      return event.val;
    case "pod":
      return `${event.val.name.namespace}/${event.val.name.name}`;
    case "pod-gone":
      return `${event.val.namespace}/${event.val.name}`;
    case "policy":
      return policyKey(event.val.name);
    case "policy-gone":
      return policyKey(event.val);
  }
}

function policyKey({ kind, namespace, name }: PolicyName): string {
  return `${kind}/${namespace}/${name}`;
}
