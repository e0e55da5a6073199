// Limits against what the kernel has, and making them again.

import type { Limits } from "cnidaria:cni/traffic-control@0.3.0";
import type { HostContext } from "../context.ts";
import { linkNow } from "../links/drift.ts";
import { needLink } from "../links/look_up.ts";
import { at, Reading } from "../reading.ts";
import { EEXIST, EINVAL, ENOENT, isErrno, type KernelError } from "../sys/errno.ts";
import { NLM_F_REPLACE } from "../sys/netlink_message.ts";
import { hostEnd } from "./find_end.ts";
import { ifbName } from "./ifb_name.ts";
import { ingressAction, rootQdisc } from "./kernel_limits.ts";
import { carryOut, type LimitAdded } from "./limit.ts";
import { filterStep, ingressStep, queueSteps, stepError, toContainerSteps } from "./steps.ts";
import { deleteFiltersMessage } from "./tc_message.ts";
import { type Bucket, bucketOf, isBurstOf, rateText } from "./token_bucket.ts";

/** Clauses for a person, one for each difference. */
export function limitDifferences(now: Reading, change: LimitAdded): string[] {
  const { link, direction, ifb } = change;
  const end = linkNow(now, "host", link);
  if (end === undefined) return [`link ${at("host", link)} is gone`];
  if (direction === "to-container") return queueDifferences(now, end, change, "to");
  const action = now.once(`ingress ${link}`, () => ingressAction(now.context, end.index, link));
  if (ifb === undefined) {
    return bucketDifferences(end.name, change, action?.kind === "police" ? action : undefined, "from");
  }
  const device = linkNow(now, "host", ifb);
  if (device === undefined) return [`link ${at("host", ifb)} is gone`];
  const found = queueDifferences(now, device, change, "from");
  if (action?.kind === "mirred" && action.to === device.index) return found;
  return [`${at("host", link)} does not send what comes from the container to ${ifb}`, ...found];
}

/** See `differences` of the contract. */
export function differencesFrom(context: HostContext, link: string, { toContainer, fromContainer }: Limits): string[] {
  const now = new Reading(context);
  const end = hostEnd(context, link);
  const of = (direction: LimitAdded["direction"], bucket: Bucket, ifb?: string) =>
    limitDifferences(now, { kind: "limit-added", link: end.name, direction, ...bucket, ...ifb && { ifb } });
  const to = toContainer ? of("to-container", bucketOf(toContainer, end.mtu, "tbf")) : [];
  if (!fromContainer) return to;
  const polices = now.once(`ingress ${end.name}`, () => ingressAction(context, end.index, end.name))?.kind === "police";
  const from = polices
    ? of("from-container", bucketOf(fromContainer, end.mtu, "police"))
    : of("from-container", bucketOf(fromContainer, end.mtu, "ifb"), ifbName(context.attachment));
  return [...to, ...from];
}

type Way = "to" | "from";

function queueDifferences(now: Reading, { index, name }: { index: number; name: string }, bucket: Bucket, way: Way) {
  const qdisc = now.once(`qdisc ${name}`, () => rootQdisc(now.context, index, name));
  return bucketDifferences(name, bucket, qdisc?.rate === undefined ? undefined : qdisc, way);
}

function bucketDifferences(
  name: string,
  bucket: Bucket,
  present: { rate?: number; ticks?: number } | undefined,
  way: Way,
): string[] {
  const where = `${way} the container`;
  const { rate, ticks } = present ?? {};
  if (rate === undefined || ticks === undefined) return [`${at("host", name)} does not limit what passes ${where}`];
  if (rate !== bucket.rate) {
    return [`${at("host", name)} lets ${rateText(rate)} pass ${where}, not ${rateText(bucket.rate)}`];
  }
  if (isBurstOf(bucket, ticks)) return [];
  const burst = Math.round(ticks * 64 * rate / 1e9);
  return [`${at("host", name)} lets a burst of ${burst} bytes pass ${where}, not of ${bucket.burst}`];
}

/** Makes a limit again. Other filters on what comes from the container stay. */
export function redoLimit(context: HostContext, change: LimitAdded): void {
  if (limitDifferences(new Reading(context), change).length === 0) return;
  const { direction, ifb: ifbOf, rate, burst } = change;
  const bucket = { rate, burst };
  const end = needLink(context, "host", change.link, "limit what passes");
  if (direction === "to-container") return carryOut(context, toContainerSteps(end, bucket, NLM_F_REPLACE));
  const ifb = ifbOf === undefined ? undefined : needLink(context, "host", ifbOf, "limit what passes");
  const netlink = context.netlink("host");
  const ingress = ingressStep(end);
  const [made, removed] = netlink.batch([ingress.message, deleteFiltersMessage(end.index)]);
  if (made && !isErrno(made, EEXIST)) throw stepError(ingress, made);
  if (removed && !isMissing(removed)) throw stepError(ingress, removed);
  carryOut(context, [...queueSteps(ifb, bucket, NLM_F_REPLACE), filterStep(end, bucket, ifb)]);
}

function isMissing(error: KernelError): boolean {
  return isErrno(error, EINVAL, ENOENT);
}
