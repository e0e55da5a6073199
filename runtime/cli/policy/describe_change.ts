// Changes of a table of nftables, for people: a line each.

import type { Change, Verdict } from "cnidaria:cni/nftables@0.3.0";

/** Elements of a change that are told. */
const TOLD = 4;

export function describeChange({ tag, val }: Change): string {
  switch (tag) {
    case "add-set":
      return `add ${val.verdicts ? "verdict map" : "set"} ${val.name} of ${val.key.join(" . ")}`;
    case "delete-set":
      return `delete set ${val}`;
    case "put-elements":
      return `add to ${val.set}: ${
        some(val.elements.map(({ key, verdict }) => verdict ? `${key} to ${words(verdict)}` : key))
      }`;
    case "delete-elements":
      return `delete from ${val.set}: ${some(val.keys)}`;
    case "add-counter":
      return `add counter ${val}`;
    case "delete-counter":
      return `delete counter ${val}`;
    case "put-chain":
      return `set chain ${val.name} to ${val.rules.length} ${val.rules.length === 1 ? "rule" : "rules"}`;
    case "delete-chain":
      return `delete chain ${val}`;
  }
}

function some(all: readonly string[]): string {
  const told = all.slice(0, TOLD).join(", ");
  return all.length > TOLD ? `${told} and ${all.length - TOLD} more` : told;
}

function words(verdict: Verdict): string {
  return "val" in verdict ? verdict.val : verdict.tag;
}
