// The keeper's first duty, done once: what dead calls have left is undone.

import { stateDir } from "../../paths.ts";
import { noCheckpoint } from "../../plugin/checkpoint.ts";
import { Trace } from "../../plugin/trace.ts";
import { recoverAll } from "../../transaction/recover.ts";
import type { Report } from "./report.ts";

export function recoverDead(report: Report): void {
  const trace = new Trace(performance.now());
  recoverAll({ stateDir: stateDir(), log: report.log(), checkpoint: noCheckpoint, trace });
  const { undone } = trace.data;
  const failed = undone.filter(({ error }) => error !== undefined).length;
  report.done("recover", undone.length - failed, failed);
}
