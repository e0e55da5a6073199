// An attachment in the ledger against the kernel and the node's state.

import type { CniResult } from "cnidaria:cni/types@0.1.0";
import type { Change, LinkAttributes } from "../../host-funcs/change.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { differencesOf } from "../../host-funcs/drift.ts";
import { Reading } from "../../host-funcs/reading.ts";
import { netEffect } from "./effect.ts";
import { sameThing } from "./last_write.ts";
import { attachmentsIn, changesOf, type LedgerAttachment } from "./ledger_attachments.ts";

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

/**
 * Compares what is there with what has to be.
 *
 * @param context that of the attachment, with its container's namespace
 * @throws {HostCallError} where the kernel or the state cannot be read
 */
export function compare(context: HostContext, attachment: LedgerAttachment, expected: readonly Change[]): Difference[] {
  const now = new Reading(context);
  const told = new Set<string>();
  let others: Change[] | undefined;
  return expected.flatMap((change) => {
    const texts = differencesOf(now, change).filter((text) => !told.has(text));
    if (texts.length === 0) return [];
    if (isShared(change)) {
      others ??= changesOfOthers(context, attachment);
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

/** What attachments that were made later, of any network, have changed on the host. */
function changesOfOthers(context: HostContext, { key, rows }: LedgerAttachment): Change[] {
  return attachmentsIn(context.database())
    .filter((other) => other.rows.some((row) => row.createdAt >= rows[0].createdAt))
    .filter((other) => JSON.stringify(other.key) !== JSON.stringify(key))
    .flatMap(changesOf)
    .filter((change) => change.kind === "sysctl-set" || change.kind === "address-removed");
}

/** Whether it is about something of the host that several attachments change. */
function isShared(change: Change): boolean {
  return (change.kind === "sysctl-set" || change.kind === "address-added") && change.ns === "host";
}

/** Whether a later attachment changed the same thing, and that is how it is: then it is meant. */
function isSuperseded(now: Reading, change: Change, other: Change): boolean {
  if (!sameThing(change, other)) return false;
  if (other.kind === "sysctl-set" && other.value === undefined) return false;
  return differencesOf(now, other).length === 0;
}
