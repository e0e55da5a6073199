// GC: the plugin's own, then a DEL for each entry of the ledger that the runtime does not know, then the journals of
// dead processes. One failure does not stop the rest.

import type { NetworkConfig } from "../cni/config.ts";
import { CniFailure } from "../cni/failure.ts";
import { resultFromJson } from "../cni/result.ts";
import { stepsOf } from "../cni/steps_of.ts";
import { contextOf, endContext, MemoryChanges, runnerOf } from "./attachment_call.ts";
import type { Call } from "./call.ts";
import { del } from "./del.ts";
import { entriesOf, type LedgerEntry } from "./ledger.ts";
import { recoverAll } from "./recover.ts";
import { loadSteps, runStep } from "./steps.ts";

/**
 * Removes what belongs to this network and to no valid attachment.
 *
 * @throws {CniFailure} with all failures, after everything has been tried
 */
export async function gc(call: Call): Promise<void> {
  const failures: Error[] = [];
  const stale: LedgerEntry[] = [];
  const sink = new MemoryChanges();
  const context = contextOf(call, sink);
  try {
    const valid = new Set(call.valid.map((it) => `${it.containerId}/${it.ifname}`));
    for (const entry of entriesOf(context.database(), call.config.name)) {
      const { containerId, ifname } = entry.attachment;
      if (entry.plugin === call.plugin && !valid.has(`${containerId}/${ifname}`)) stale.push(entry);
    }
    await attempt(failures, () => loadSteps(call));
    const runner = runnerOf(call, context, sink, { hasNetns: false });
    for (const step of call.steps) await attempt(failures, () => void runStep(runner, "gc", step, undefined));
  } finally {
    endContext(call, context);
  }
  for (const entry of stale) await attempt(failures, () => del(delCall(call, entry)));
  await attempt(failures, () => recoverAll(call));
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new CniFailure(
    "cleanupIncomplete",
    `GC of network ${call.config.name} had ${failures.length} failures, the first: ${first.message}`,
    others.map((it) => it.message).join("; "),
  );
}

async function attempt(failures: Error[], run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    failures.push(error as Error);
  }
}

/** The DEL that the runtime did not send, with the configuration of the ADD. */
function delCall(call: Call, entry: LedgerEntry): Call {
  const { containerId, ifname } = entry.attachment;
  const { parameters } = call;
  const config = { ...entry.config, prevResult: entry.result } as NetworkConfig;
  return {
    ...call,
    config,
    parameters: { ...parameters, command: "DEL", containerId, ifname, netns: entry.netns, rawArgs: entry.rawArgs },
    steps: stepsOf(entry.plugin, config, () => true).steps,
    prevResult: resultFromJson(entry.result, entry.netns),
    valid: [],
  };
}
