// Waiting for the kernel by its notifications, without sleeping or polling; and a pause where it has none.

import type { Ns } from "cnidaria:cni/types@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { openNetlink } from "./netlink_socket.ts";

const MAX_WAIT_MS = 30_000;

/**
 * Looks with `look`, and again after each notification of the groups, until it finds something. The subscription comes
 * before the second look, so nothing that happens in between is missed.
 *
 * @param timeoutMs at most 30,000
 * @returns undefined if the time has run out
 * @throws {HostCallError} `invalid` for a longer time; what `look` throws
 */
export function waitUntil<T>(
  context: HostContext,
  ns: Ns,
  groups: readonly number[],
  timeoutMs: number,
  look: () => T | undefined,
): T | undefined {
  if (!(timeoutMs >= 0 && timeoutMs <= MAX_WAIT_MS)) {
    throw new HostCallError("invalid", `Cannot wait for ${timeoutMs} ms as at most ${MAX_WAIT_MS} ms are allowed`);
  }
  const found = look();
  if (found !== undefined || timeoutMs === 0 || context.standIn !== undefined) return found;
  const deadline = performance.now() + timeoutMs;
  const notifications = openNetlink(context.namespace(ns), groups);
  try {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) return undefined;
      notifications.waitForNotification(left);
    }
  } finally {
    notifications.close();
  }
}

/** Holds the thread up. @param ms milliseconds */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
