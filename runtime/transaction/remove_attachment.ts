// The DEL that a runtime did not send: from the ledger alone, and only if a last look under the attachment's lock says
// that it is still the one that was found.

import type { NetworkConfig } from "../cni/config.ts";
import { parseArgs } from "../cni/environment.ts";
import { ERROR_CODES } from "../cni/error_codes.ts";
import { CniFailure } from "../cni/failure.ts";
import { patientCaller } from "../cni/caller.ts";
import { resultFromJson } from "../cni/result.ts";
import { stepsOf } from "../cni/steps_of.ts";
import { isCniVersion, LATEST_VERSION } from "../cni/version.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { logCall } from "../plugin/call_log.ts";
import { Trace } from "../plugin/trace.ts";
import { attachmentOf, type Call } from "./call.ts";
import { del } from "./del.ts";
import { Journal } from "./journal.ts";
import { readEntry, type StoredEntry } from "./ledger.ts";

/** What a DEL from the ledger needs beside the ledger. */
export interface Remover extends Pick<Call, "stateDir" | "loader" | "log" | "checkpoint"> {
  /** CNI_PATH, where the attachment was made with executables. */
  readonly rawPath: string;
}

/** `kept`: with the reason, as a clause. */
export type Removal = { readonly outcome: "removed" | "gone" } | { readonly outcome: "kept"; readonly why: string };

/**
 * Removes an attachment.
 *
 * @param last the last look, at the entry as it is under the lock: why it is kept after all, if it is
 * @throws {CniFailure} if something could not be taken back: the entry stays, and the next collection tries again
 */
export async function removeAttachment(
  remover: Remover,
  found: StoredEntry,
  last: (current: StoredEntry) => string | undefined,
): Promise<Removal> {
  const { attachment, plugin } = found;
  const journal = lock(remover.stateDir, found);
  if (journal === undefined) return { outcome: "kept", why: "a call on it is under way" };
  let current: StoredEntry | undefined;
  let why: string | undefined;
  try {
    const database = openDatabase(remover.stateDir);
    try {
      current = readEntry(database, attachment, plugin);
    } finally {
      database.close();
    }
    why = current && (isSame(current, found) ? last(current) : "it was made anew meanwhile");
  } catch (error) {
    journal.close();
    throw error;
  }
  if (current === undefined || why !== undefined) {
    journal.letGo();
    return why === undefined ? { outcome: "gone" } : { outcome: "kept", why };
  }
  await logged(remover, delCall(remover, current), (call) => del(call, journal));
  return { outcome: "removed" };
}

/** In the call log it is a call of its own, so that `cnidaria trace` says who removed an attachment. */
async function logged({ stateDir }: Remover, call: Call, run: (call: Call) => Promise<void>): Promise<void> {
  const { data } = call.trace;
  data.command = "DEL for GC";
  data.attachment = attachmentOf(call);
  data.plugins = call.steps.map((step) => step.type);
  try {
    await run(call);
  } catch (error) {
    const { code, message } = error instanceof CniFailure ? error : { code: 0, message: (error as Error).message };
    data.error = { code, message };
    throw error;
  } finally {
    call.trace.end();
    logCall(stateDir, data);
  }
}

/** The lock, or nothing while another call has it: that one knows better, and is not waited for. */
function lock(stateDir: string, { attachment, plugin }: StoredEntry): Journal | undefined {
  try {
    return Journal.open(stateDir, attachment, plugin, 0);
  } catch (error) {
    if (error instanceof CniFailure && error.code === ERROR_CODES.tryAgainLater) return undefined;
    throw error;
  }
}

/** Whether it is the same row, and not that of a later ADD. */
function isSame(a: StoredEntry, b: StoredEntry): boolean {
  return a.createdAt === b.createdAt && a.bootId === b.bootId && a.netnsId === b.netnsId;
}

/** The DEL, with the configuration of the ADD. */
function delCall(remover: Remover, entry: StoredEntry): Call {
  const { stateDir, loader, log, checkpoint, rawPath } = remover;
  const { containerId, ifname } = entry.attachment;
  const config = { ...entry.config, prevResult: entry.result } as NetworkConfig;
  const version = config.cniVersion ?? "";
  return {
    parameters: {
      command: "DEL",
      containerId,
      netns: entry.netns,
      ifname,
      rawArgs: entry.rawArgs,
      args: parseArgs(entry.rawArgs),
      rawPath,
      path: rawPath.split(":").filter((folder) => folder !== ""),
    },
    config,
    version: isCniVersion(version) ? version : LATEST_VERSION,
    steps: stepsOf(entry.plugin, config, () => true).steps,
    plugin: entry.plugin,
    prevResult: resultFromJson(entry.result, entry.netns),
    valid: [],
    stateDir,
    runtime: undefined,
    loader,
    trace: new Trace(),
    log,
    // Others follow in the same process.
    processEnds: false,
    key: "",
    checkpoint,
    caller: patientCaller,
  };
}
