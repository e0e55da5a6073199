// Everything that has an enforcer act, at the same time, until it is told to end.

import { pause } from "../cluster/patience.ts";
import { BackOff } from "../cluster/store/back_off.ts";
import type { Enforcer } from "./enforcer.ts";
import type { Source } from "./source/source.ts";

/** Milliseconds in which more events are waited for: a rollout sends many. */
const SETTLE_MS = 5;
/** Milliseconds after which a change of the database, or of the kernel's rules, is acted on. */
const KERNEL_SETTLE_MS = 200;

/** What wakes it beside the source. Each ends with the signal. */
export interface Wakeups {
  /** New pods' addresses may be there. */
  attachments(signal: AbortSignal): AsyncIterable<unknown>;
  /** Somebody else has changed rules in the kernel. */
  kernel(signal: AbortSignal): AsyncIterable<unknown>;
}

export interface RunTimes {
  readonly compareMs: number;
  readonly settleMs?: number;
  readonly backOff?: BackOff;
}

/**
 * Runs.
 *
 * @param ensure what the node needs beside the rules, at the start and with each comparison
 * @returns when `signal` has ended it: what is in force stays
 */
export async function runEnforcer(
  enforcer: Enforcer,
  source: Source,
  wakeups: Wakeups,
  ensure: () => void,
  { compareMs, settleMs = SETTLE_MS, backOff = new BackOff(500, 30_000) }: RunTimes,
  signal: AbortSignal,
): Promise<void> {
  let due: ReturnType<typeof setTimeout> | undefined;
  const apply = () => {
    due = undefined;
    if (signal.aborted) return;
    if (enforcer.apply()) backOff.reset();
    else due = setTimeout(apply, backOff.next());
  };
  // Events after the first of a batch do not put it off: so it is bounded.
  const wake = () => due ??= setTimeout(apply, settleMs);
  const repair = (cause: string) => {
    if (!signal.aborted && !enforcer.repair(cause)) wake();
  };
  const onAttachments = async () => {
    for await (const _ of wakeups.attachments(signal)) wake();
  };
  const onKernel = async () => {
    for await (const _ of wakeups.kernel(signal)) {
      // Whoever flushes a table is in the middle of it.
      await pause(KERNEL_SETTLE_MS, signal);
      repair("a notification of the kernel");
    }
  };
  const compare = async () => {
    while (!signal.aborted) {
      await pause(compareMs, signal);
      if (signal.aborted) return;
      ensure();
      repair("a comparison of everything");
      wake();
    }
  };
  ensure();
  try {
    await Promise.all([
      source.run((observed) => {
        enforcer.take(observed);
        wake();
      }, signal),
      onAttachments(),
      onKernel(),
      compare(),
    ]);
  } finally {
    clearTimeout(due);
    enforcer.close();
  }
}
