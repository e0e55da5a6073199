// STATUS: whether an ADD would work.

import { CniFailure } from "../cni/failure.ts";
import { contextOf, endContext, noChanges, runnerOf } from "./attachment_call.ts";
import { attachmentOf, type Call } from "./call.ts";
import { Journal } from "./journal.ts";
import { loadSteps, runStep } from "./steps.ts";

/**
 * Tries the state directory, the components, and asks the plugins.
 *
 * @throws {CniFailure} `notAvailable`, or a plugin's own error
 */
export async function status(call: Call): Promise<void> {
  const context = contextOf(call, noChanges);
  try {
    try {
      Journal.open(call.stateDir, attachmentOf(call), `status ${performance.timeOrigin}`, 0).finish();
      context.database();
      await loadSteps(call);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new CniFailure("notAvailable", `An ADD would fail: ${error.message}`);
    }
    const runner = runnerOf(call, context, noChanges, { hasNetns: false });
    for (const step of call.steps) runStep(runner, "status", step, undefined);
  } finally {
    endContext(call, context);
  }
}
