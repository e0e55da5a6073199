// STATUS: whether an ADD would work.

import { CniFailure } from "../cni/failure.ts";
import type { CallContext } from "../plugin/host_context.ts";
import { contextOf, endContext, noChanges, runnerOf } from "./attachment_call.ts";
import { attachmentOf, type Call } from "./call.ts";
import { Journal } from "./journal.ts";
import { loadSteps, runStep } from "./steps.ts";

/** As much as the journal of an ADD takes. */
const PROBE_BYTES = 8 * 1024;

/**
 * Tries the state directory, the components, and asks the plugins.
 *
 * @throws {CniFailure} `notAvailable`, or a plugin's own error
 */
export async function status(call: Call): Promise<void> {
  const context = contextOf(call, noChanges);
  try {
    try {
      tryState(call, context);
      await loadSteps(call);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const details = error instanceof CniFailure ? error.details : "";
      throw new CniFailure("notAvailable", `An ADD would fail: ${error.message}`, details);
    }
    const runner = runnerOf(call, context, noChanges, { hasNetns: false });
    for (const step of call.steps) runStep(runner, "status", step, undefined);
  } finally {
    endContext(call, context);
  }
}

/** Writes what an ADD would write: to a journal, and to the database. A disk that is full shows only then. */
function tryState(call: Call, context: CallContext): void {
  const journal = Journal.open(call.stateDir, attachmentOf(call), `status ${Deno.pid}`, 0);
  try {
    const header = { attachment: attachmentOf(call), plugin: "", netns: "", netnsId: "", bootId: "" };
    journal.begin(header);
    journal.append({ kind: "note-put", key: "x".repeat(PROBE_BYTES) });
  } finally {
    journal.finish();
  }
  context.database().transaction(() => {
    context.database().run("INSERT OR REPLACE INTO counters VALUES ('status', ?)", Date.now());
  });
}
