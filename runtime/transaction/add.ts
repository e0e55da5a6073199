// ADD: all or nothing.

import type { CniResult } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../../host-funcs/change.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { CniFailure } from "../cni/failure.ts";
import { resultToJson } from "../cni/result.ts";
import type { CallContext } from "../plugin/host_context.ts";
import { type ChangeLog, Runner } from "../plugin/runner.ts";
import { contextOf, endContext } from "./attachment_call.ts";
import { attachmentOf, type Call, LOCK_WAIT_MS, madeLink } from "./call.ts";
import { bootId, hostNetnsId, netnsId } from "../../host-funcs/sys/identity.ts";
import type { Isolation } from "./isolation.ts";
import { Journal } from "./journal.ts";
import { type LedgerEntry, readEntry, removeEntry, resultOf, writeEntry } from "./ledger.ts";
import { notWithdrawn } from "./withdrawn.ts";
import { recover } from "./recover.ts";
import { releaseEntry } from "./release.ts";
import { runtimeName } from "./runtime_name.ts";
import { loadSteps, runStep } from "./steps.ts";
import { undoAll } from "./undo_all.ts";

/**
 * Attaches a container.
 *
 * @returns the result in the version of the configuration
 * @throws {CniFailure} after everything that was made has been undone
 */
export async function add(call: Call): Promise<Record<string, unknown>> {
  const isolation = await isolationOf(call);
  if (isolation === undefined) return await attach(call);
  const result = await attach({ ...call, isolation });
  isolation.wait();
  return result;
}

/** What the configuration says of a new pod's isolation. It is loaded only where it says something. */
async function isolationOf(call: Call): Promise<Isolation | undefined> {
  if (!call.steps.some(({ config }) => hasNetworkPolicy(config))) return undefined;
  const { Isolation } = await import("./isolation.ts");
  return new Isolation(call);
}

/** Whether the key is anywhere in it: a plugin may hand a part of its configuration to another. */
function hasNetworkPolicy(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return false;
  return Object.entries(part).some(([key, value]) =>
    key === "networkPolicy" || (key !== "prevResult" && hasNetworkPolicy(value))
  );
}

async function attach(call: Call): Promise<Record<string, unknown>> {
  const id = containerNetns(call);
  await loadSteps(call);
  const key = attachmentOf(call);
  const journal = Journal.open(call.stateDir, key, call.plugin, LOCK_WAIT_MS);
  const context = contextOf(call, journal);
  let finished = false;
  call.caller.listen();
  try {
    notWithdrawn(call);
    const repeated = repeatedResult(call, context, journal, id);
    if (repeated !== undefined) {
      finished = true;
      return repeated;
    }
    finished = recover(journal, call);
    if (!finished) throw incomplete(call);
    enterable(context, call.parameters.netns);
    const earlier = earlierEntry(call, context, id);
    journal.begin({
      attachment: key,
      plugin: call.plugin,
      netns: call.parameters.netns,
      netnsId: id,
      bootId: bootId(),
      key: call.key,
    });
    call.trace.step("lock");
    call.checkpoint("begun");
    const abandoned: Change[] = [];
    const runner = runnerOf(call, context, journal, abandoned, earlier);
    let committing = false;
    try {
      const result = runChain(call, runner);
      const json = resultToJson(result, call.version, call.parameters.netns);
      const kept = withoutAbandoned(context, journal, abandoned);
      stillWanted(call);
      call.checkpoint("commit");
      committing = true;
      commit(call, context, kept, id, result, earlier);
      call.checkpoint("committed");
      call.trace.step("commit");
      call.isolation?.made(kept);
      return json;
    } catch (error) {
      runner.undoDelegates();
      finished = rollback(context, journal);
      if (committing) finished &&= forgetEntry(call, context, earlier);
      call.trace.step("rollback");
      throw error;
    }
  } finally {
    endContext(call, context);
    call.checkpoint("finish");
    if (finished) journal.finish();
    else journal.letGo();
    call.checkpoint("finished");
    call.caller.ignore();
  }
}

/** @throws {CniFailure} `interrupted` where nobody waits for the result any more */
function stillWanted(call: Call): void {
  const why = call.caller.whyGone();
  if (why === undefined) return;
  const { network, containerId, ifname } = attachmentOf(call);
  throw new CniFailure(
    "interrupted",
    `Cannot finish the ADD of ${ifname} of container ${containerId} to network ${network} as ${why}`,
    "what it had made has been undone",
  );
}

/**
 * The result of the same ADD, where it was made already and its caller did not hear of it: the agent that made it has
 * died, say. From now on this call is the one that answers; see `takeBack`.
 *
 * @param id of the container's namespace
 */
function repeatedResult(
  call: Call,
  context: CallContext,
  journal: Journal,
  id: string,
): Record<string, unknown> | undefined {
  if (call.key === "") return undefined;
  const entry = readEntry(context.database(), attachmentOf(call), call.plugin);
  if (entry?.callKey !== call.key || entry.netnsId !== id) return undefined;
  // A journal that the same ADD has left says nothing that the ledger does not: it died after the commit.
  const stale = journal.stale();
  if (stale !== undefined && stale.header.key !== call.key) return undefined;
  writeEntry(context.database(), { ...entry, callKey: "" });
  call.log.write("info", "the same ADD had been made already: its result is answered");
  call.isolation?.made(entry.changes);
  return resultToJson(resultOf(entry), call.version, call.parameters.netns);
}

/** @returns the identity of CNI_NETNS */
function containerNetns(call: Call): string {
  const { netns } = call.parameters;
  if (call.plan?.netnsId !== undefined) return call.plan.netnsId;
  const id = netnsId(netns);
  if (id === undefined) {
    throw new CniFailure("unknownContainer", `Cannot ADD as CNI_NETNS does not exist: ${JSON.stringify(netns)}`);
  }
  if (id === hostNetnsId()) {
    throw new CniFailure(
      "invalidNetns",
      `Cannot ADD as CNI_NETNS is the node's own network namespace: ${JSON.stringify(netns)}`,
    );
  }
  return id;
}

/** @throws {CniFailure} if it is no network namespace: better now than halfway */
function enterable(context: CallContext, netns: string): void {
  context.setNetns(netns);
  try {
    context.namespace("container");
  } catch (error) {
    if (!(error instanceof HostCallError)) throw error;
    throw new CniFailure("invalidEnvironment", `Cannot ADD with CNI_NETNS ${JSON.stringify(netns)}: ${error.message}`);
  }
}

/** @param abandoned gets the changes of a delegate that failed, where the plugin that called it may go on */
function runnerOf(
  call: Call,
  context: CallContext,
  journal: Journal,
  abandoned: Change[],
  earlier: LedgerEntry | undefined,
): Runner {
  const changes: ChangeLog = {
    mark: () => journal.changes.length,
    retract: (mark) => journal.retract(mark),
    abandon: (mark) => void abandoned.push(...journal.changes.slice(mark)),
    madeLink: (ns, name) => madeLink(journal.changes, ns, name),
  };
  return new Runner({
    parameters: call.parameters,
    network: call.config.name,
    hasNetns: true,
    context,
    changes,
    loader: call.loader,
    trace: call.trace,
    checkpoint: call.checkpoint,
    environment: call.environment,
    lockFile: journal.path,
    ips: () => earlier === undefined ? [] : resultOf(earlier).ips,
    valid: [],
    log: (level, message) => call.log.write(level, message),
  });
}

/**
 * What is in the ledger for this attachment already: from an earlier plugin of the same chain (there is a prevResult),
 * or from a container that is gone, whose remains are removed.
 *
 * @throws {CniFailure} `attachmentExists`
 */
function earlierEntry(call: Call, context: CallContext, id: string): LedgerEntry | undefined {
  const entry = readEntry(context.database(), attachmentOf(call), call.plugin);
  if (entry === undefined) return undefined;
  if (entry.netnsId === id && entry.bootId === bootId()) {
    if (call.prevResult !== undefined) return entry;
    const { network, containerId, ifname } = entry.attachment;
    throw new CniFailure(
      "attachmentExists",
      `Cannot ADD ${ifname} of container ${containerId} to network ${network} as it is attached already`,
      "DEL comes before another ADD",
    );
  }
  call.log.write("warn", `removing what an earlier container of the same id held in ${entry.attachment.network}`);
  if (!releaseEntry(context, entry, "", call)) throw incomplete(call);
  return undefined;
}

function runChain(call: Call, runner: Runner): CniResult {
  let result = call.prevResult;
  for (const step of call.steps) result = runStep(runner, "add", step, result);
  if (result === undefined) throw new CniFailure("internal", `Cannot ADD as plugin ${call.plugin} gave no result`);
  return result;
}

function commit(
  call: Call,
  context: CallContext,
  changes: readonly Change[],
  id: string,
  result: CniResult,
  earlier: LedgerEntry | undefined,
): void {
  const { prevResult: _, ...config } = call.config;
  writeEntry(context.database(), {
    attachment: attachmentOf(call),
    plugin: call.plugin,
    netns: call.parameters.netns,
    netnsId: id,
    bootId: bootId(),
    config,
    rawArgs: call.parameters.rawArgs,
    result: resultToJson(result, "1.1.0", call.parameters.netns),
    changes: [...earlier?.changes ?? [], ...changes],
    runtime: runtimeName(call.runtime),
    callKey: call.key,
  });
  if (context.database().isCurrent()) return;
  throw new CniFailure(
    "tryAgainLater",
    `Cannot finish the ADD of container ${call.parameters.containerId} as the state database was rebuilt meanwhile`,
    "it was damaged; what the ADD had made has been undone",
  );
}

/** Undoes what delegates had changed when they failed. @returns all other changes, and what could not be undone */
function withoutAbandoned(
  context: CallContext,
  journal: Journal,
  abandoned: readonly Change[],
): readonly Change[] {
  const left = undoAll(context, abandoned);
  return journal.changes.filter((it) => !abandoned.includes(it) || left.includes(it));
}

/** @returns whether nothing is left to undo; what is stays in the journal */
function rollback(context: CallContext, journal: Journal): boolean {
  context.renewDatabase();
  const left = undoAll(context, journal.changes);
  if (left.length > 0) journal.keep(left);
  return left.length === 0;
}

/** The ledger is as it was before, where the commit failed, or came too late. */
function forgetEntry(call: Call, context: CallContext, earlier: LedgerEntry | undefined): boolean {
  try {
    if (earlier === undefined) removeEntry(context.database(), attachmentOf(call), call.plugin);
    else writeEntry(context.database(), earlier);
    return true;
  } catch (error) {
    call.log.write("error", `the ledger could not be set back: ${(error as Error).message}`);
    return false;
  }
}

function incomplete(call: Call): CniFailure {
  const { network, containerId, ifname } = attachmentOf(call);
  return new CniFailure(
    "cleanupIncomplete",
    `Cannot ADD ${network}/${containerId}/${ifname} as what an earlier call left there could not be undone`,
    "the log has the reason of each; the next call tries again",
  );
}
