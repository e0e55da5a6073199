// Who wants what. Two peers may want the same place of the kernel's tables; whoever asked last has it, and when that peer
// goes or changes its mind, the one before has it again. Pure.

import { isSame, keyOf, type OverlayObject } from "./object.ts";

interface Claim {
  readonly peer: string;
  readonly object: OverlayObject;
}

export class Claims {
  /** By the object's key; the last is the one that counts. */
  readonly #claims = new Map<string, Claim[]>();
  readonly #peers = new Map<string, readonly OverlayObject[]>();

  /** What a peer wants from now on. @returns the keys that it wanted or wants */
  set(peer: string, objects: readonly OverlayObject[]): Set<string> {
    const before = this.#peers.get(peer) ?? [];
    const wanted = new Map(objects.map((object) => [keyOf(object), object]));
    const keys = new Set([...before.map(keyOf), ...wanted.keys()]);
    // Whoever repeats what it wants does not take a place from another; who wants something else takes all of its places,
    // so that what belongs together is one peer's.
    if (before.length === wanted.size && before.every((object) => isWish(wanted.get(keyOf(object)), object))) {
      return keys;
    }
    for (const key of keys) this.#drop(key, peer);
    for (const [key, object] of wanted) this.#claims.set(key, [...this.#claims.get(key) ?? [], { peer, object }]);
    if (wanted.size > 0) this.#peers.set(peer, [...wanted.values()]);
    else this.#peers.delete(peer);
    return keys;
  }

  /** What counts for a key. */
  get(key: string): Claim | undefined {
    return this.#claims.get(key)?.at(-1);
  }

  /** All that counts. */
  *all(): Generator<[key: string, claim: Claim]> {
    for (const [key, claims] of this.#claims) yield [key, claims.at(-1)!];
  }

  peers(): MapIterator<string> {
    return this.#peers.keys();
  }

  get size(): number {
    return this.#claims.size;
  }

  #drop(key: string, peer: string): void {
    const rest = this.#claims.get(key)?.filter((claim) => claim.peer !== peer) ?? [];
    if (rest.length > 0) this.#claims.set(key, rest);
    else this.#claims.delete(key);
  }
}

function isWish(wanted: OverlayObject | undefined, object: OverlayObject): boolean {
  return wanted !== undefined && isSame(wanted, object);
}
