// An attachment in the ledger against the kernel and the node's state.

import type { CniResult } from "cnidaria:cni/types@0.3.0";
import type { Change, LinkAttributes } from "../../host-funcs/change.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { differencesOf } from "../../host-funcs/drift.ts";
import { Parts, Reading } from "../../host-funcs/reading.ts";
import { netEffect } from "./effect.ts";
import { sameThing } from "./last_write.ts";
import { changesOf, type LedgerAttachment } from "./ledger_attachments.ts";
import { isShared, SharedChanges } from "./shared_changes.ts";

/** Something that is not as the attachment's ADD left it. */
export interface Difference {
  readonly change: Change;
  /** A clause for a person: `address 10.1.0.5/24 of eth0 (container) is gone`. */
  readonly text: string;
}

/**
 * What has to be there, in the order in which it was made.
 *
 * @param result of the whole chain, where it is known: what it says of MTU and MAC of the container's links counts, as a
 * later plugin, which may be no component of ours, has set them
 */
export function expectedOf(attachment: LedgerAttachment, result?: CniResult): Change[] {
  const effect = netEffect(changesOf(attachment));
  return result === undefined ? effect : effect.map((change) => withResult(change, result));
}

/** What a round of looks, at one attachment after another, reads once for all of them. */
export class Round {
  readonly host = new Parts();
  readonly changes = new SharedChanges();
}

/**
 * Compares what is there with what has to be.
 *
 * @param context that of the attachment, with its container's namespace
 * @throws {HostCallError} where the kernel or the state cannot be read
 */
export function compare(
  context: HostContext,
  attachment: LedgerAttachment,
  expected: readonly Change[],
  changes = new SharedChanges(),
): Difference[] {
  return compareWith(new Reading(context), attachment, expected, changes);
}

/**
 * The same, for one look of a round. What the round has read of the host may be older than the lock that is held, so what
 * seems to differ by it is compared again, with what is there now. What has come to differ since is left to the next round.
 */
export function compareInRound(
  context: HostContext,
  attachment: LedgerAttachment,
  expected: readonly Change[],
  { host, changes }: Round,
): Difference[] {
  const seeming = compareWith(new Reading(context, host), attachment, expected, changes);
  if (seeming.length === 0) return [];
  const doubted = new Set(seeming.map(({ change }) => change));
  return compare(context, attachment, expected.filter((change) => doubted.has(change)), changes);
}

function compareWith(
  now: Reading,
  attachment: LedgerAttachment,
  expected: readonly Change[],
  changes: SharedChanges,
): Difference[] {
  const told = new Set<string>();
  let others: readonly Change[] | undefined;
  return expected.flatMap((change) => {
    const texts = differencesOf(now, change).filter((text) => !told.has(text));
    if (texts.length === 0) return [];
    if (isShared(change)) {
      others ??= changes.ofOthers(now.context.database(), attachment);
      if (others.some((other) => isSuperseded(now, change, other))) return [];
    }
    return texts.map((text) => {
      told.add(text);
      return { change, text };
    });
  });
}

function withResult(change: Change, { interfaces }: CniResult): Change {
  if (change.kind !== "link-changed" || change.ns !== "container" || change.after === undefined) return change;
  const entry = interfaces.find((it) => it.name === change.name && it.sandbox.tag === "container");
  const after: LinkAttributes = { ...change.after };
  if (entry?.mtu && after.mtu !== undefined) after.mtu = entry.mtu;
  if (entry?.mac && after.mac !== undefined) after.mac = entry.mac.toLowerCase();
  return { ...change, after };
}

/** Whether a later attachment changed the same thing, and that is how it is: then it is meant. */
function isSuperseded(now: Reading, change: Change, other: Change): boolean {
  if (!sameThing(change, other)) return false;
  if (other.kind === "sysctl-set" && other.value === undefined) return false;
  return differencesOf(now, other).length === 0;
}
