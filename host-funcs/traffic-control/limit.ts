// Limiting what passes a container's link, and what is missing of it.

import type { Limited, Limits } from "cnidaria:cni/traffic-control@0.3.0";
import type { Change } from "../change.ts";
import type { HostContext } from "../context.ts";
import { createIfb } from "../links/ifb.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { undoLinkChange } from "../links/undo.ts";
import { type NetlinkMessage, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { orTakeBack } from "../take_back.ts";
import { hostEnd } from "./find_end.ts";
import { ifbName } from "./ifb_name.ts";
import { filterStep, ingressStep, queueSteps, type Step, stepError, toContainerSteps } from "./steps.ts";
import { type Bucket, bucketOf } from "./token_bucket.ts";

export type LimitAdded = Extract<Change, { kind: "limit-added" }>;

/** Ethernet's header, which counts with tbf. */
const FRAME_HEADER = 14;

/**
 * See `limit` of the contract. What another could have there already comes first: where it has, nothing that is in use is
 * touched.
 */
export function limitTraffic(context: HostContext, link: string, { toContainer, fromContainer }: Limits): Limited {
  const end = hostEnd(context, link);
  const to = toContainer && bucketOf(toContainer, end.mtu, "tbf");
  const from = fromContainer && bucketOf(fromContainer, end.mtu, "ifb");
  for (const bucket of [to, from]) warnOfSmallBurst(context, end, bucket);
  const name = ifbName(context.attachment);
  const created = { kind: "link-created", ns: "host", name, linkKind: "ifb", mtu: end.mtu } as const;
  const backs: NetlinkMessage[] = [];
  let ifb: LinkDescription | undefined;
  return orTakeBack(context, () => {
    if (to) context.record(added(end, "to-container", to));
    if (from) {
      context.record(created);
      context.record({ ...added(end, "from-container", from), ifb: name });
    }
    carryOut(context, [...to ? toContainerSteps(end, to) : [], ...from ? [ingressStep(end)] : []], backs);
    if (fromContainer === undefined || from === undefined) return { hostEnd: end.name };
    ifb = createIfb(context, name, end.mtu);
    if (ifb === undefined) return police(context, end, bucketOf(fromContainer, end.mtu, "police"), name);
    carryOut(context, [...queueSteps(ifb, from, NLM_F_EXCL), filterStep(end, from, ifb)]);
    return { hostEnd: end.name, ifb: { name, mac: ifb.mac } };
  }, (quiet) => {
    quiet.netlink("host").batch(backs.toReversed());
    if (ifb) undoLinkChange(quiet, created);
  });
}

/** For a kernel without ifb: what was written down of one has not come about. */
function police(context: HostContext, end: LinkDescription, bucket: Bucket, ifb: string): Limited {
  context.record({ kind: "link-deleted", ns: "host", name: ifb });
  context.record(added(end, "from-container", bucket));
  carryOut(context, [filterStep(end, bucket, undefined)]);
  return { hostEnd: end.name };
}

function added({ name }: LinkDescription, direction: LimitAdded["direction"], bucket: Bucket): LimitAdded {
  return { kind: "limit-added", link: name, direction, ...bucket };
}

/**
 * Sends the steps as one.
 *
 * @param backs gets what takes back those that were made
 * @throws {HostCallError} the first that was refused
 */
export function carryOut(context: HostContext, steps: readonly Step[], backs: NetlinkMessage[] = []): void {
  const answers = context.netlink("host").batch(steps.map(({ message }) => message));
  for (const [at, { back }] of steps.entries()) if (answers[at] === undefined && back) backs.push(back);
  const failed = answers.findIndex((answer) => answer !== undefined);
  if (failed >= 0) throw stepError(steps[failed]!, answers[failed]!);
}

/** Nothing larger than its bucket passes tbf; it cuts what a sender's offloads have joined, and no frame. */
function warnOfSmallBurst(context: HostContext, { name, mtu }: LinkDescription, bucket: Bucket | undefined): void {
  if (bucket === undefined || bucket.burst >= mtu + FRAME_HEADER) return;
  context.log(
    "warn",
    `A burst of ${bucket.burst * 8} bits lets no full frame of ${name} pass: ` +
      `for its MTU of ${mtu} it has to be ${(mtu + FRAME_HEADER) * 8} or more`,
  );
}
