// The keeper's duty to repair drift: one attachment after another, never one that a call works on.

import { stateDir } from "../../paths.ts";
import { Round } from "../../transaction/compare.ts";
import { hasState } from "../../transaction/garbage.ts";
import { attachmentsIn } from "../../transaction/ledger_attachments.ts";
import { nameOf } from "../../transaction/under_way.ts";
import { WarmThread } from "../warm.ts";
import { Look } from "./look.ts";
import type { Report } from "./report.ts";
import { TwoLooks } from "./two_looks.ts";

/** The share of a processor that a round may take: after each attachment it rests. */
const SHARE = 0.2;

/** @returns what is to be done each time */
export function repairRound(report: Report, ends: () => boolean): () => Promise<void> {
  const looks = new TwoLooks();
  return async () => {
    if (!hasState(stateDir())) return;
    // For what a thread keeps: the state and a socket. No plugin runs here.
    const warm = new WarmThread();
    const database = () => {
      warm.lookAgain();
      return warm.kept.database((message) => report.line("error", message));
    };
    const began = performance.now();
    const round = new Round();
    let differences = 0;
    try {
      const keys = attachmentsIn(database()).map(({ key }) => key);
      looks.keepOnly(new Set(keys.map(nameOf)));
      for (const key of keys) {
        if (ends()) return;
        const start = performance.now();
        differences += new Look(report, looks, warm, round, key).take(database());
        await rest((performance.now() - start) * (1 / SHARE - 1));
      }
    } finally {
      await warm.close();
    }
    report.compared(differences, (performance.now() - began) / 1000);
  };
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
