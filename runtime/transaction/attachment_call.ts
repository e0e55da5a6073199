// What the verbs have in common: the context of their host functions, the container's namespace as it is now, and, after
// ADD, a runner whose changes are kept in memory only.

import type { Change } from "../../host-funcs/change.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { CallContext, type ChangeSink } from "../plugin/host_context.ts";
import { type ChangeLog, Runner } from "../plugin/runner.ts";
import { attachmentOf, type Call, madeLink } from "./call.ts";
import { type LedgerEntry, resultOf } from "./ledger.ts";
import { hostNetnsId, netnsId } from "../../host-funcs/sys/identity.ts";

/** Collects the changes of a DEL or GC: they are not undone, since the call is repeated where it fails. */
export class MemoryChanges {
  readonly changes: Change[] = [];

  append(change: Change): void {
    this.changes.push(change);
  }

  /** Only the first changes were made. */
  retract(count: number): void {
    this.changes.length = Math.min(count, this.changes.length);
  }
}

/** CHECK and STATUS look; they change nothing. */
export const noChanges = {
  changes: [],
  retract() {},
  append(change: Change): void {
    throw new HostCallError("denied", `Cannot change anything in CHECK or STATUS: ${change.kind}`);
  },
};

/**
 * The container's namespace, if it is still the one that the attachment was made in: a path of /proc/PID/ns/net can
 * lead to another container, or to the node itself, once the process is gone.
 *
 * @param expected identity of the namespace at the ADD, if it is known
 * @returns its path and identity; both empty if it is gone
 */
export function presentNetns(call: Call, expected: string | undefined): { path: string; id: string } {
  const path = call.parameters.netns;
  const id = call.plan?.netnsId ?? netnsId(path);
  if (id === undefined) return { path: "", id: "" };
  if (id === hostNetnsId() || (expected !== undefined && expected !== id)) {
    call.log.write("warn", `CNI_NETNS ${path} is not the container's namespace any more`);
    return { path: "", id: "" };
  }
  return { path, id };
}

/** A context whose changes go to `sink`. The container's namespace is not set yet. */
export function contextOf(call: Call, sink: ChangeSink): CallContext {
  const { checkpoint, parameters: { args }, stateDir, log, trace, kept, isolation } = call;
  const place = { attachment: attachmentOf(call), args, stateDir, log, checkpoint, trace, kept, isolation };
  return call.plan?.contextOf(place, sink) ?? new CallContext(place, sink);
}

/** Closes what a call has opened, but not where the process ends with it: that would only take time. */
export function endContext(call: Call, context: CallContext): void {
  if (!call.processEnds) context.close();
}

/**
 * A runner for a verb after ADD.
 *
 * @param sink where its changes go: a host call that fails takes its own back, or DEL would count as released what is not
 * @param entry of the ledger: the links that it says the attachment made are in the plugin's scope, and the networks of
 * its addresses are what `${ipam}` grants
 * @param lockFile the journal that the call holds, if it does
 */
export function runnerOf(
  call: Call,
  context: CallContext,
  sink: Pick<MemoryChanges, "changes" | "retract">,
  { hasNetns, entry, lockFile }: { hasNetns: boolean; entry?: LedgerEntry | undefined; lockFile?: string },
): Runner {
  const changes: ChangeLog = {
    mark: () => sink.changes.length,
    retract: (mark) => sink.retract(mark),
    abandon: () => {},
    madeLink: (ns, name) => madeLink(entry?.changes ?? [], ns, name),
  };
  return new Runner({
    parameters: call.parameters,
    network: call.config.name,
    hasNetns,
    context,
    changes,
    loader: call.loader,
    trace: call.trace,
    checkpoint: call.checkpoint,
    environment: call.environment,
    ...lockFile !== undefined && { lockFile },
    ips: () => entry === undefined ? [] : resultOf(entry).ips,
    valid: call.valid,
    log: (level, message) => call.log.write(level, message),
  });
}
