// Values that are random, or the kernel's choice, are not those that a real ADD would get: a plan shows them as such.

import type { PlannedCallEntry } from "./recorder.ts";

const RANDOM = "<random>";

/** As the host names its end of a veth pair where a plugin does not. */
const RANDOM_VETH = /^veth[0-9a-f]{8}$/;

/** What a planned node has seen. */
export interface Seen {
  /** MACs that the kernel would choose. */
  readonly chosenMacs: Iterable<string>;
  /** Names of links on the host that were looked up, and are nobody's. */
  readonly freeNames: Iterable<string>;
}

/**
 * The texts that stand for such values.
 *
 * @returns value by value: `veth1f2e3d4c` and `veth<random>`
 */
export function placeholders(entries: readonly PlannedCallEntry[], seen: Seen): Map<string, string> {
  const texts = new Map<string, string>();
  const options = entries.filter((it) => it.function === "links.createVeth").map((it) => it.args[0]);
  const given = new Set(options.map((it) => (it as { name?: string }).name));
  const random = [...seen.freeNames].filter((name) => RANDOM_VETH.test(name) && !given.has(name));
  random.forEach((name, at) => texts.set(name, at === 0 ? `veth${RANDOM}` : `veth<random ${at + 1}>`));
  for (const change of entries.flatMap((it) => it.changes)) {
    // The host gives a bridge its MAC, so that it stays the same.
    if (change.kind === "link-created" && change.linkKind === "bridge" && change.mac) texts.set(change.mac, RANDOM);
  }
  for (const mac of seen.chosenMacs) texts.set(mac, RANDOM);
  return texts;
}

/** A plain value in which such texts take the place of the values, also inside longer strings. */
export function withPlaceholders<T>(value: T, texts: ReadonlyMap<string, string>): T {
  if (typeof value === "string") {
    let text: string = value;
    for (const [actual, placeholder] of texts) text = text.replaceAll(actual, placeholder);
    return text as T;
  }
  if (Array.isArray(value)) return value.map((it) => withPlaceholders(it, texts)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, it]) => [key, withPlaceholders(it, texts)]);
  return Object.fromEntries(entries) as T;
}
