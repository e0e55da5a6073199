// Values that are random, or the kernel's choice, are not those that a real ADD would get: a plan shows them as such.

import type { PlannedCallEntry } from "./recorder.ts";

const RANDOM = "<random>";

/**
 * The texts that stand for such values.
 *
 * @param macs that the kernel would choose
 * @returns value by value: `veth1f2e3d4c` and `veth<random>`
 */
export function placeholders(entries: readonly PlannedCallEntry[], macs: Iterable<string>): Map<string, string> {
  const texts = new Map<string, string>();
  let veths = 0;
  for (const entry of entries) {
    const options = entry.args[0] as { name?: string } | undefined;
    for (const change of entry.changes) {
      if (change.kind !== "link-created") continue;
      // The host gives a bridge its MAC, so that it stays the same.
      if (change.linkKind === "bridge" && change.mac !== undefined) texts.set(change.mac, RANDOM);
      if (entry.function !== "links.createVeth" || options?.name !== undefined || change.ns !== "host") continue;
      texts.set(change.name, ++veths === 1 ? `veth${RANDOM}` : `veth<random ${veths}>`);
    }
  }
  for (const mac of macs) texts.set(mac, RANDOM);
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
