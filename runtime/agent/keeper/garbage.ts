// The keeper's duty to collect garbage: what two rounds agree on is removed.

import { libDir, stateDir } from "../../paths.ts";
import { noCheckpoint } from "../../plugin/checkpoint.ts";
import { PluginLoader } from "../../plugin/component.ts";
import { Trace } from "../../plugin/trace.ts";
import { type Collected, collectGarbage, type Collection } from "../../transaction/collect_garbage.ts";
import { lookForGarbage, type Observation } from "../../transaction/garbage.ts";
import { WarmThread } from "../warm.ts";
import type { Report } from "./report.ts";

/** Where executables that took part are looked for; a CNI call has CNI_PATH. */
const BIN_DIR = "/opt/cni/bin";

/** @returns what is to be done each time: the first time it only looks */
export function garbageRound(report: Report): () => Promise<void> {
  let earlier: Observation | undefined;
  return async () => {
    if (earlier === undefined) {
      earlier = lookForGarbage({ stateDir: stateDir() });
      return;
    }
    const { collected, observation } = await collect(earlier, report);
    earlier = observation;
    tell(collected, report);
  };
}

export async function collect(earlier: Observation, report: Report): Promise<Collection> {
  // The engine is opened with the first component that a DEL needs, and closed after the round: it is big.
  const warm = new WarmThread();
  const loader = new PluginLoader(libDir(), stateDir(), () => warm.engine(() => {}), new Trace(performance.now()));
  try {
    const place = { stateDir: stateDir(), loader, log: report.log(), checkpoint: noCheckpoint, rawPath: BIN_DIR };
    return await collectGarbage(place, earlier);
  } finally {
    loader.close();
    await warm.close();
  }
}

function tell(collected: readonly Collected[], report: Report): void {
  const counts = { removed: 0, failed: 0 };
  for (const { garbage: { what, why, network }, outcome, reason } of collected) {
    if (outcome !== "removed" && outcome !== "failed") continue;
    counts[outcome]++;
    const fields = { network: network || undefined, what, why };
    if (outcome === "removed") report.line("warn", "removed garbage", fields);
    else report.line("error", "garbage could not be removed", { ...fields, reason });
  }
  report.done("collect", counts.removed, counts.failed);
}
