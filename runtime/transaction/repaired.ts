// What a repair has come to.

import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import type { Difference } from "./compare.ts";

/**
 * - `intact`: as its ADD left it
 * - `repaired`: it is so again
 * - `remains`: something could not be made again, or was not chosen
 * - `dead`: its namespace is gone, or it is of an earlier boot; `cnidaria gc` removes what is left
 * - `skipped`: it could not be looked at; `reason` says why
 */
export type Outcome = "intact" | "repaired" | "remains" | "dead" | "skipped";

export interface RepairedAttachment {
  readonly attachment: AttachmentKey;
  readonly outcome: Outcome;
  readonly differences: readonly RepairedDifference[];
  readonly reason?: string;
}

export interface RepairedDifference {
  readonly text: string;
  readonly repaired: boolean;
  /** Why it was not. */
  readonly reason?: string;
}

/**
 * @param found before @param left after
 * @param reasons why something could not be made again
 */
export function reportOf(
  found: readonly Difference[],
  left: readonly Difference[],
  reasons: ReadonlyMap<Change, string>,
): RepairedDifference[] {
  const gone = found.filter((it) => !left.some(({ change }) => change === it.change));
  return [
    ...gone.map(({ text }) => ({ text, repaired: true })),
    ...left.map(({ change, text }) => {
      const reason = reasons.get(change);
      return { text, repaired: false, ...reason === undefined ? {} : { reason } };
    }),
  ];
}

/** Two rounds of one attachment, as one. */
export function merged(first: RepairedAttachment, second: RepairedAttachment): RepairedAttachment {
  const still = new Set(second.differences.filter((it) => !it.repaired).map(({ text }) => text));
  const before = first.differences.filter((it) => it.repaired || !still.has(it.text))
    .map(({ text }) => ({ text, repaired: true }));
  const texts = new Set(before.map(({ text }) => text));
  const differences = [...before, ...second.differences.filter(({ text }) => !texts.has(text))];
  const outcome = second.outcome === "intact" ? "repaired" : second.outcome;
  return { ...second, outcome, differences };
}
