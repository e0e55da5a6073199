// Everything that a member does at the same time, until it is told to end.

import type { ClusterOptions } from "./cluster_options.ts";
import type { Kernel } from "./kernel.ts";
import type { Member, MemberLog } from "./member.ts";
import { pause, untilDone } from "./patience.ts";

/** Milliseconds in which more notifications of the kernel are waited for: whoever flushes routes sends one for each. */
const SETTLE_MS = 200;
/** The least time between two renewals of a lease. */
const RENEWAL_LEAST_MS = 5_000;

/**
 * Takes part in the network.
 *
 * @returns when `signal` has ended it; links, routes and the lease stay, so that pods go on talking
 */
export async function runMember(
  member: Member,
  kernel: Kernel,
  options: ClusterOptions,
  log: MemberLog,
  signal: AbortSignal,
): Promise<void> {
  const again = (run: () => Promise<void>) =>
    untilDone(run, (error) => log.line("error", error.message), signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
  await again(() => member.join(signal));
  if (signal.aborted) return;
  let publishing = Promise.resolve();
  // One after another: each writes what is so at that moment.
  const publish = () => publishing = publishing.then(() => again(() => member.publish(signal)));
  await Promise.all([
    again(() => member.followPeers(signal)),
    again(() => renewals(member, signal)),
    again(() => repairs(member, kernel, publish, log, signal)),
    comparisons(member, options.compareSeconds * 1000, publish, log, signal),
  ]);
}

async function renewals(member: Member, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await member.renewalDue(signal);
    if (signal.aborted) return;
    await member.renew(signal);
    // Two nodes that take each other's lease must not do so all the time.
    await pause(RENEWAL_LEAST_MS, signal);
  }
}

/**
 * What someone else takes or changes is made again at once.
 *
 * @param publish tells the others, however long that takes: the store may be out of reach, and is not waited for
 */
async function repairs(
  member: Member,
  kernel: Kernel,
  publish: () => Promise<void>,
  log: MemberLog,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of kernel.watch(signal)) {
    await pause(SETTLE_MS, signal);
    if (signal.aborted) return;
    if (event === "underlay") await followUnderlay(member, publish, log);
    member.repair(event === "underlay" ? "the link to the other nodes" : "the kernel's notifications");
  }
}

/** A node without a link, or one family of it, is repaired in the rest all the same. */
async function followUnderlay(member: Member, publish: () => Promise<void>, log: MemberLog): Promise<void> {
  try {
    if (await member.underlayChanged()) void publish();
  } catch (error) {
    log.line("error", (error as Error).message);
  }
}

/** Notifications can be missed, or be misunderstood. */
async function comparisons(
  member: Member,
  everyMs: number,
  publish: () => Promise<void>,
  log: MemberLog,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      await followUnderlay(member, publish, log);
      member.repair("a comparison of everything");
    } catch (error) {
      log.line("error", (error as Error).message);
    }
  }
}
