// A plan in parts that are small enough for one answer.

import type { Change } from "cnidaria:cni/nftables@0.3.0";

/** Elements in one change. */
const ELEMENTS = 4_000;
/** What one part weighs, in something like bytes: a quarter of what an answer may have. */
const WEIGHT = 1_000_000;

/** The changes in parts, in their order; large ones divided. */
export function* partsOf(changes: readonly Change[]): Generator<Change[]> {
  let part: Change[] = [];
  let weight = 0;
  for (const change of changes) {
    for (const piece of divided(change)) {
      const more = weightOf(piece);
      if (part.length > 0 && weight + more > WEIGHT) {
        yield part;
        part = [];
        weight = 0;
      }
      part.push(piece);
      weight += more;
    }
  }
  if (part.length > 0) yield part;
}

function* divided(change: Change): Generator<Change> {
  if (change.tag === "put-elements" && change.val.elements.length > ELEMENTS) {
    const { set, elements } = change.val;
    for (let at = 0; at < elements.length; at += ELEMENTS) {
      yield { tag: "put-elements", val: { set, elements: elements.slice(at, at + ELEMENTS) } };
    }
  } else if (change.tag === "delete-elements" && change.val.keys.length > ELEMENTS) {
    const { set, keys } = change.val;
    for (let at = 0; at < keys.length; at += ELEMENTS) {
      yield { tag: "delete-elements", val: { set, keys: keys.slice(at, at + ELEMENTS) } };
    }
  } else yield change;
}

function weightOf(change: Change): number {
  switch (change.tag) {
    case "put-elements":
      return 120 + change.val.elements.length * 120;
    case "delete-elements":
      return 120 + change.val.keys.length * 60;
    case "put-chain":
      return 400 + change.val.rules.length * 600;
    default:
      return 200;
  }
}
