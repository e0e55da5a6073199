// What chains and verdicts use, by name and kind: `set peers4`, `chain rest`, `counter drops`; and whether two of them, in
// canonical form, are the same. Pure.

import type { Chain, Verdict } from "cnidaria:cni/nftables@0.3.0";

export function usesOf(chain: Chain | undefined): string[] {
  return chain?.rules.flatMap(({ matches, statements }) => [
    ...matches.flatMap(({ tag, val }) => tag === "in-set" ? [`set ${val.set}`] : []),
    ...statements.flatMap(({ tag, val }) => {
      if (tag === "counter") return [`counter ${val}`];
      if (tag === "verdict-map") return [`set ${val.map}`];
      const target = tag === "verdict" ? targetOf(val) : undefined;
      return target === undefined ? [] : [`chain ${target}`];
    }),
  ]) ?? [];
}

/** The chain that a verdict leads to. */
export function targetOf(verdict: Verdict | undefined): string | undefined {
  return verdict !== undefined && "val" in verdict ? verdict.val : undefined;
}

export function isSameVerdict(one: Verdict | undefined, other: Verdict | undefined): boolean {
  return one === other || one?.tag === other?.tag && targetOf(one) === targetOf(other);
}

export function isSameChain(one: Chain, other: Chain): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
