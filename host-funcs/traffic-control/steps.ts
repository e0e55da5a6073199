// What makes up a limit: messages, each with what the kernel needs for it, and how it is taken back.

import { HostCallError } from "../error.ts";
import type { LinkDescription } from "../links/link_message.ts";
import { place } from "../links/look_up.ts";
import { ENOENT, hostCallError, isErrno, type KernelError } from "../sys/errno.ts";
import { type NetlinkMessage, NLM_F_EXCL } from "../sys/netlink_message.ts";
import { deleteQdiscMessage, ingressMessage, policeMessage, redirectMessage, tbfMessage } from "./tc_message.ts";
import type { Bucket } from "./token_bucket.ts";

export interface Step {
  /** Completes "Cannot …". */
  readonly what: string;
  /** Kernel modules. */
  readonly needs: string;
  readonly message: NetlinkMessage;
  /** Takes it back; none for what goes with something else. */
  readonly back?: NetlinkMessage;
}

/** @param flags NLM_F_EXCL, or NLM_F_REPLACE for what is there already */
export function toContainerSteps({ index, name }: LinkDescription, bucket: Bucket, flags = NLM_F_EXCL): Step[] {
  return [{
    what: `limit what goes to the container by ${place("host", name)}`,
    needs: "sch_tbf",
    message: tbfMessage(index, bucket, flags),
    back: deleteQdiscMessage(index, "tbf"),
  }];
}

export function ingressStep({ index, name }: LinkDescription): Step {
  return {
    what: `get hold of what comes from the container by ${place("host", name)}`,
    needs: "sch_ingress",
    message: ingressMessage(index, NLM_F_EXCL),
    back: deleteQdiscMessage(index, "ingress"),
  };
}

/** The queue is there before anything is sent to it. @param flags as of `toContainerSteps` */
export function queueSteps(ifb: LinkDescription | undefined, bucket: Bucket, flags: number): Step[] {
  if (ifb === undefined) return [];
  return [{
    what: `limit what comes from the container on ${place("host", ifb.name)}`,
    needs: "sch_tbf",
    message: tbfMessage(ifb.index, bucket, flags),
  }];
}

/** @param ifb none for the policer */
export function filterStep({ index, name }: LinkDescription, bucket: Bucket, ifb: LinkDescription | undefined): Step {
  if (ifb === undefined) {
    return {
      what: `limit what comes from the container by ${place("host", name)}`,
      needs: "cls_u32 and act_police",
      message: policeMessage(index, bucket, NLM_F_EXCL),
    };
  }
  return {
    what: `send what comes from the container by ${place("host", name)} to ${ifb.name}`,
    needs: "cls_u32 and act_mirred",
    message: redirectMessage(index, ifb.index, NLM_F_EXCL),
  };
}

/** The kernel's answer to a step. */
export function stepError({ what, needs }: Step, error: KernelError): unknown {
  if (!isErrno(error, ENOENT)) return hostCallError(what, error);
  return new HostCallError(
    "unsupported",
    `Cannot ${what} as this kernel lacks ${needs} (${
      error.text ?? "ENOENT"
    }): load the module, or use a kernel with it`,
    ENOENT,
  );
}
