// The agent's own work on attachments, in a thread of its own: what dead calls have left is undone as the agent begins;
// then garbage is collected and drift is repaired, each at its own interval; and early where the packet filter lost something.

import type { ThreadMessage, ThreadStart } from "../served.ts";
import { SharedState } from "../shared_state.ts";
import { garbageRound } from "./garbage.ts";
import { recoverDead } from "./recovery.ts";
import { repairRound } from "./repair.ts";
import { Report } from "./report.ts";
import { PromptRepair } from "./prompt_repair.ts";
import { takeTurns } from "./turns.ts";

export async function keep(start: ThreadStart, post: (message: ThreadMessage) => void): Promise<void> {
  const shared = new SharedState(start.shared);
  const ends = () => shared.ending !== "no";
  const report = new Report((told) => post({ kind: "kept", told }));
  await report.attempt("recover", () => recoverDead(report));
  const collect = garbageRound(report);
  const repair = repairRound(report, ends);
  const prompt = start.repairMs > 0 ? new PromptRepair(report, repair) : undefined;
  const listening = prompt?.listen();
  await takeTurns([
    { everyMs: start.collectMs, run: () => report.attempt("collect", collect) },
    { everyMs: start.repairMs, run: () => report.attempt("repair", repair) },
    ...prompt === undefined ? [] : [{
      everyMs: Infinity,
      isWanted: () => prompt.isWanted(),
      run: () => report.attempt("repair", () => prompt.run()),
    }],
  ], ends);
  prompt?.close();
  await listening;
  post({ kind: "ended" });
}
