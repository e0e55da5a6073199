// Making and removing what peers need, in sends of bounded size.

import { ENODEV, ENOENT, ESRCH, hostCallError, isErrno, type KernelError } from "../sys/errno.ts";
import type { NetlinkMessage } from "../sys/netlink_message.ts";
import type { RouteNetlink } from "../sys/netlink_socket.ts";
import { putMessage, removeMessage } from "./kernel.ts";
import { describeObject, type FoundRoute, type OverlayObject } from "./object.ts";
import { errorOf } from "./peer_key.ts";
import type { Report } from "./report.ts";

/** The kernel's answers to one send have to fit into the socket's receive buffer, which by default takes some 270. */
const OPERATIONS_PER_SEND = 100;

export type Operation =
  | {
    readonly put: true;
    readonly object: OverlayObject;
    readonly index: number;
    readonly peer: string;
    /** What has its place, and is removed just before: see `isObstacle`. */
    readonly obstacle?: Removal;
  }
  | {
    readonly put: false;
    readonly object: OverlayObject | FoundRoute;
    readonly index: number;
    readonly peer?: string;
  };

interface Removal {
  readonly object: OverlayObject | FoundRoute;
  readonly index: number;
}

/**
 * Whether a route has to go before the one that takes its place is made, rather than be replaced: IPv6 takes a gateway
 * on the link only where no other route leads to it by another link, and ours lies within its own destination.
 */
export function isObstacle(present: OverlayObject | FoundRoute, wanted: OverlayObject): boolean {
  return present.kind === "route" && wanted.kind === "route" && wanted.onlink && wanted.dst.includes(":") &&
    present.link !== wanted.link;
}

/**
 * Does them all; one that fails stops no other. What a route needs is made before it, and removed after it.
 *
 * @param done what was done, or was not needed any more
 */
export function applyAll(
  netlink: RouteNetlink,
  operations: readonly Operation[],
  report: Report,
  done: (operation: Operation) => void,
): void {
  const sorted = operations.toSorted((a, b) => rank(a) - rank(b));
  for (let at = 0; at < sorted.length; at += OPERATIONS_PER_SEND) {
    const part = sorted.slice(at, at + OPERATIONS_PER_SEND);
    const messages = part.map(messagesOf);
    const answers = netlink.batch(messages.flat());
    let last = -1;
    for (const [index, operation] of part.entries()) {
      const error = answers[last += messages[index]!.length];
      if (error !== undefined && !isGone(operation, error)) {
        const { message } = hostCallError(wordsOf(operation), error) as Error;
        if (operation.put && operation.obstacle) done({ put: false, ...operation.obstacle });
        report.errors.push(operation.peer === undefined ? { message } : errorOf(operation.peer, message));
        continue;
      }
      if (operation.put) report.made++;
      else if (error === undefined) report.removed++;
      done(operation);
    }
  }
}

function wordsOf({ put, object }: Pick<Operation, "put" | "object">): string {
  return `${put ? "set" : "remove"} ${describeObject(object)}`;
}

/** The last is what the operation is for. */
function messagesOf(operation: Operation): NetlinkMessage[] {
  if (!operation.put) return [removeMessage(operation.object, operation.index)];
  const { object, index, obstacle } = operation;
  const message = putMessage(object, index);
  return obstacle ? [removeMessage(obstacle.object, obstacle.index), message] : [message];
}

/** Someone was faster, or it went with its device. */
function isGone({ put }: Operation, error: KernelError): boolean {
  return !put && isErrno(error, ENOENT, ESRCH, ENODEV);
}

function rank({ put, object }: Operation): number {
  const order = put ? ["fdb", "neighbor", "route"] : ["route", "neighbor", "fdb"];
  return (put ? 0 : 3) + order.indexOf(object.kind);
}
