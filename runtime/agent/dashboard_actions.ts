// What the dashboard may have the agent do. It runs on the agent's main thread, and never waits for a call under way.

import type { AttachmentKey } from "../../host-funcs/context.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import type { Actions } from "../../web/actions.ts";
import { stateDir } from "../paths.ts";
import { type Collected } from "../transaction/collect_garbage.ts";
import { type Garbage, lookForGarbage, type Observation } from "../transaction/garbage.ts";
import { Round } from "../transaction/compare.ts";
import { repairAttachment, repairNothing } from "../transaction/repair.ts";
import { collect } from "./keeper/garbage.ts";
import { Report } from "./keeper/report.ts";

/** Milliseconds between the two looks of a collection. */
const BETWEEN_LOOKS_MS = 2_000;

/** @param report is told what a duty logs */
export function dashboardActions(report: Report): Actions {
  return {
    check(attachment) {
      const database = openDatabase(stateDir());
      try {
        const request = {
          stateDir: stateDir(),
          log: report.log(),
          lockWaitMs: 0,
          choose: repairNothing,
          round: new Round(),
        };
        const result = repairAttachment(request, attachment, database);
        if (result === undefined) throw new Error("there is no such attachment any more");
        if (result.outcome === "skipped") throw new Error(`it could not be looked at: ${result.reason}`);
        if (result.outcome === "dead") {
          return Promise.resolve(["its container is gone: release it, or collect garbage"]);
        }
        return Promise.resolve(result.differences.map(({ text }) => text));
      } finally {
        database.close();
      }
    },
    async release(attachment) {
      const { found } = lookForGarbage({ stateDir: stateDir() });
      const own = new Map([...found].filter(([, garbage]) => isOf(garbage, attachment)));
      if (own.size === 0) throw new Error("its container is not gone: a DEL of its container runtime releases it");
      const [first] = await done({ found: own, doubtful: [] }, report);
      if (first === undefined) throw new Error("it is not there any more");
      return first;
    },
    async collectGarbage() {
      const earlier = lookForGarbage({ stateDir: stateDir() });
      if (earlier.found.size === 0) return [];
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
      return await done(earlier, report);
    },
  };
}

async function done(earlier: Observation, report: Report): Promise<string[]> {
  const { collected } = await collect(earlier, report);
  const failed = collected.find(({ outcome }) => outcome === "failed");
  if (failed !== undefined) throw new Error(`${failed.garbage.what} could not be removed: ${failed.reason}`);
  return collected.filter(({ garbage }) => [...earlier.found.values()].some(({ what }) => what === garbage.what))
    .map(sentenceOf);
}

function sentenceOf({ garbage: { what, why }, outcome, reason }: Collected): string {
  return `${outcome}: ${what}: ${why}${reason === undefined ? "" : `; ${reason}`}`;
}

function isOf(garbage: Garbage, { network, containerId, ifname }: AttachmentKey): boolean {
  if (garbage.kind !== "attachment") return false;
  const { attachment } = garbage.entry;
  return attachment.network === network && attachment.containerId === containerId && attachment.ifname === ifname;
}
