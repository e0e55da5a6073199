// CHECK: the ledger against the kernel and the node's state, and then the plugin's own check.

import { CniFailure } from "../cni/failure.ts";
import type { CallContext } from "../plugin/host_context.ts";
import { contextOf, endContext, noChanges, presentNetns, runnerOf } from "./attachment_call.ts";
import { attachmentOf, type Call, LOCK_WAIT_MS } from "./call.ts";
import { compare, type Difference, expectedOf } from "./compare.ts";
import { Journal } from "./journal.ts";
import { type LedgerEntry, readEntry } from "./ledger.ts";
import { attachmentIn } from "./ledger_attachments.ts";
import { recover } from "./recover.ts";
import { loadSteps, runStep } from "./steps.ts";

/** Differences in the message; the details have all. */
const MOST_IN_MESSAGE = 3;

/**
 * Checks an attachment: every plugin that it has gone through is compared, since a later one may have changed what an
 * earlier one had made.
 *
 * @throws {CniFailure} `invalidConfig` without a prevResult, `unknownContainer` if there is no such attachment,
 * `checkFailed` with every difference if it is not as it was made; a plugin's own error
 */
export async function check(call: Call): Promise<void> {
  if (call.prevResult === undefined) {
    throw new CniFailure(
      "invalidConfig",
      'Cannot CHECK as the network configuration\'s key "prevResult" is missing',
      "expected the result of the ADD",
    );
  }
  await loadSteps(call);
  const key = attachmentOf(call);
  const journal = Journal.open(call.stateDir, key, call.plugin, LOCK_WAIT_MS);
  const context = contextOf(call, noChanges);
  let finished = false;
  try {
    finished = recover(journal, call);
    const entry = readEntry(context.database(), key, call.plugin);
    if (entry === undefined) throw failed(call, "unknownContainer", "it is not attached");
    const netns = presentNetns(call, entry.netnsId);
    if (netns.path === "") {
      throw failed(call, "checkFailed", "the container's network namespace is not that of its ADD");
    }
    context.setNetns(netns.path);
    const attachment = attachmentIn(context.database(), key);
    const expected = attachment === undefined ? [] : expectedOf(attachment, call.prevResult);
    const differences = attachment === undefined ? [] : compare(context, attachment, expected);
    call.trace.step("ledger");
    refuse(call, differences, checkSteps(call, context, entry));
  } finally {
    endContext(call, context);
    if (finished) journal.finish();
    else journal.close();
  }
}

/** Each plugin is asked, whatever another says. @returns their failures */
function checkSteps(call: Call, context: CallContext, entry: LedgerEntry): CniFailure[] {
  const runner = runnerOf(call, context, noChanges, { hasNetns: true, entry });
  return call.steps.flatMap((step) => {
    try {
      runStep(runner, "check", step, call.prevResult);
      return [];
    } catch (error) {
      if (error instanceof CniFailure) return [error];
      throw error;
    }
  });
}

/**
 * One error with everything. A plugin's own error, alone, is handed on as it is.
 *
 * @param differences what the ledger tells
 * @param failures what the plugins say
 */
function refuse(call: Call, differences: readonly Difference[], failures: readonly CniFailure[]): void {
  const [first, ...others] = failures;
  if (differences.length === 0 && first === undefined) return;
  if (differences.length === 0 && first !== undefined && others.length === 0) throw first;
  const texts = differences.map(({ text }) => text);
  const count = `${texts.length} ${texts.length === 1 ? "difference" : "differences"} from its ADD: `;
  const more = texts.length - MOST_IN_MESSAGE;
  const said = failures.map(({ message, details }) => `the plugin says: ${message}${details && ` (${details})`}`);
  const summary = [
    ...texts.length === 0 ? [] : [
      count + texts.slice(0, MOST_IN_MESSAGE).join("; ") + (more > 0 ? `; and ${more} more, in the details` : ""),
    ],
    ...said,
  ].join("; ");
  const advice = texts.length === 0 ? "" : ". `cnidaria repair` makes again what it can";
  throw failed(call, "checkFailed", summary + advice, [...texts, ...said].join("; "));
}

function failed(call: Call, code: "checkFailed" | "unknownContainer", why: string, details = ""): CniFailure {
  const { network, containerId, ifname } = attachmentOf(call);
  return new CniFailure(
    code,
    `CHECK failed for ${ifname} of container ${containerId} on network ${network}: ${why}`,
    details,
  );
}
