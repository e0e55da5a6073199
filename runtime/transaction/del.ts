// DEL: what the plugin takes back, and then what the ledger still says. It works without the namespace, without an
// entry in the ledger, twice, and where the plugin cannot run.

import { patientCaller } from "../cni/caller.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import { CniFailure } from "../cni/failure.ts";
import type { Runner } from "../plugin/runner.ts";
import { bootId } from "../../host-funcs/sys/identity.ts";
import { contextOf, endContext, MemoryChanges, presentNetns, runnerOf } from "./attachment_call.ts";
import { attachmentOf, type Call, LOCK_WAIT_MS } from "./call.ts";
import { Journal } from "./journal.ts";
import { type LedgerEntry, readEntry, resultOf } from "./ledger.ts";
import { recover } from "./recover.ts";
import { releaseEntry } from "./release.ts";
import { loadSteps, runStep } from "./steps.ts";
import { notWithdrawn } from "./withdrawn.ts";

/**
 * Detaches a container.
 *
 * @param locked the attachment's journal, where the caller has it already; it is given back at the end
 * @throws {CniFailure} `cleanupIncomplete` if something the host made could not be undone; the plugin's own error if an
 * executable that it delegates to failed, or if it says "try again later"
 */
export async function del(call: Call, locked?: Journal): Promise<void> {
  let loadFailure: Error | undefined;
  try {
    await loadSteps(call);
  } catch (error) {
    loadFailure = error as Error;
  }
  const key = attachmentOf(call);
  const journal = locked ?? Journal.open(call.stateDir, key, call.plugin, LOCK_WAIT_MS);
  const sink = new MemoryChanges();
  const context = contextOf(call, sink);
  let finished = false;
  try {
    notWithdrawn(call);
    finished = recover(journal, call);
    const entry = readEntry(context.database(), key, call.plugin);
    // Nothing of an earlier boot is in a namespace of this one, even if that has the same number.
    const netns = presentNetns(call, entry && (entry.bootId === bootId() ? entry.netnsId : ""));
    context.setNetns(netns.path);
    call.trace.step("lock");
    const runner = runnerOf(call, context, sink, { hasNetns: netns.path !== "", entry, lockFile: journal.path });
    const failure = loadFailure ?? runSteps(call, runner, entry);
    if (failure !== undefined) call.log.write("warn", `DEL by plugin ${call.plugin}: ${failure.message}`);
    const remaining = entry && { ...entry, changes: [...entry.changes, ...sink.changes] };
    call.checkpoint("release");
    const released = remaining === undefined || releaseEntry(context, remaining, netns.id, call);
    call.checkpoint("released");
    call.trace.step("release");
    if (!released || !finished) throw incomplete(call);
    if (failure !== undefined && mattersToRuntime(failure, runner, entry)) throw failure;
  } finally {
    endContext(call, context);
    call.checkpoint("finish");
    if (finished) journal.finish();
    else journal.close();
    call.checkpoint("finished");
  }
}

/**
 * Takes the attachment of an ADD back, since nobody hears of it. Not where the same ADD has been asked for again
 * meanwhile, and has been answered.
 *
 * @param call the ADD
 * @throws {CniFailure} as `del`
 */
export async function takeBack(call: Call): Promise<void> {
  const key = attachmentOf(call);
  const journal = Journal.open(call.stateDir, key, call.plugin, LOCK_WAIT_MS);
  const parameters = { ...call.parameters, command: "DEL" } as const;
  const context = contextOf(call, new MemoryChanges());
  let isOurs: boolean;
  try {
    isOurs = call.key === "" || readEntry(context.database(), key, call.plugin)?.callKey === call.key;
  } catch (error) {
    journal.letGo();
    throw error;
  } finally {
    endContext(call, context);
  }
  if (isOurs) return await del({ ...call, parameters, caller: patientCaller }, journal);
  call.log.write("info", "the ADD is another call's by now, or has been taken back already");
  journal.letGo();
}

/** Runs every plugin, the last first. @returns the first failure */
function runSteps(call: Call, runner: Runner, entry: LedgerEntry | undefined): Error | undefined {
  const prevResult = call.prevResult ?? (entry && resultOf(entry));
  let failure: Error | undefined;
  for (const step of call.steps.toReversed()) {
    try {
      runStep(runner, "del", step, prevResult);
    } catch (error) {
      failure ??= error as Error;
    }
  }
  return failure;
}

/**
 * The ledger has taken back what the plugin did not. What remains is what the ledger does not know: an executable that
 * holds something of its own. One that cannot be found holds nothing, unless the attachment was made with it.
 */
function mattersToRuntime(failure: Error, runner: Runner, entry: LedgerEntry | undefined): boolean {
  if (!(failure instanceof CniFailure)) return false;
  if (failure.code === ERROR_CODES.tryAgainLater) return true;
  return runner.delegateFailed && (entry !== undefined || failure.code !== ERROR_CODES.pluginNotFound);
}

function incomplete(call: Call): CniFailure {
  const { network, containerId, ifname } = attachmentOf(call);
  return new CniFailure(
    "cleanupIncomplete",
    `Cannot DEL ${network}/${containerId}/${ifname} completely: something could not be undone`,
    "the log has the reason of each; the next DEL tries again",
  );
}
