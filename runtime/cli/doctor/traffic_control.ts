// Whether the kernel can limit what containers receive and send, as the plugin bandwidth does, and how.

import { ifbMessage } from "../../../host-funcs/links/ifb.ts";
import type { LinkDescription } from "../../../host-funcs/links/link_message.ts";
import { findLink } from "../../../host-funcs/links/look_up.ts";
import { HostCallError } from "../../../host-funcs/error.ts";
import { KernelError } from "../../../host-funcs/sys/errno.ts";
import { NLM_F_EXCL } from "../../../host-funcs/sys/netlink_message.ts";
import type { RouteNetlink } from "../../../host-funcs/sys/netlink_socket.ts";
import {
  filterStep,
  ingressStep,
  queueSteps,
  type Step,
  stepError,
  toContainerSteps,
} from "../../../host-funcs/traffic-control/steps.ts";
import type { Finding } from "./finding.ts";

const SUBJECT = "bandwidth";
const BUCKET = { rate: 1_000_000, burst: 20_000 };
const IFB = "try-ifb";

/** @param link of an empty namespace that goes afterwards, an end of a veth pair; undefined where there is none */
export function tryLimits(netlink: RouteNetlink, link: string): Finding {
  const end = findLink(netlink, "host", link);
  if (end === undefined) {
    return { subject: SUBJECT, state: "warn", why: "there is no veth to try it on: no limits of traffic" };
  }
  const ifb = makeIfb(netlink);
  const problem = problemOf(netlink, [
    ...toContainerSteps(end, BUCKET),
    ...queueSteps(ifb, BUCKET, NLM_F_EXCL),
    ingressStep(end),
    filterStep(end, BUCKET, ifb),
  ]);
  if (problem !== undefined) {
    return {
      subject: SUBJECT,
      state: "warn",
      why: `${problem}: no limits of traffic`,
      advice: "modprobe -a sch_tbf sch_ingress cls_u32 act_mirred ifb",
    };
  }
  if (ifb !== undefined) {
    return { subject: SUBJECT, state: "ok", why: "ingress is limited by tbf, egress by tbf on an ifb" };
  }
  return {
    subject: SUBJECT,
    state: "warn",
    why:
      "ingress is limited by tbf, egress by police, as the kernel has no ifb: what is too much is dropped, not queued",
    advice: "modprobe ifb",
  };
}

function makeIfb(netlink: RouteNetlink): LinkDescription | undefined {
  try {
    netlink.request(ifbMessage(IFB, 1500));
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
  return findLink(netlink, "host", IFB);
}

function problemOf(netlink: RouteNetlink, steps: readonly Step[]): string | undefined {
  const answers = netlink.batch(steps.map(({ message }) => message));
  const failed = answers.findIndex((answer) => answer !== undefined);
  if (failed < 0) return undefined;
  const error = stepError(steps[failed]!, answers[failed]!);
  return error instanceof HostCallError ? error.message : String(error);
}
