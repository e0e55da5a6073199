// The agent's own work on attachments, in a thread of its own: what dead calls have left is undone as the agent begins,
// and garbage is collected from time to time. A leak is what two looks agree on.

import { createLog, type Log } from "../cni/log.ts";
import type { EngineChoice } from "../engine/open_engine.ts";
import { libDir, stateDir } from "../paths.ts";
import { noCheckpoint } from "../plugin/checkpoint.ts";
import { PluginLoader } from "../plugin/component.ts";
import { Trace } from "../plugin/trace.ts";
import { collectGarbage } from "../transaction/collect_garbage.ts";
import { lookForGarbage, type Observation } from "../transaction/garbage.ts";
import { recoverAll } from "../transaction/recover.ts";
import type { ThreadMessage, ThreadStart } from "./served.ts";
import { SharedState } from "./shared_state.ts";
import { WarmThread } from "./warm.ts";

/** Where executables that took part are looked for; a CNI call has CNI_PATH. */
const BIN_DIR = "/opt/cni/bin";
/** Milliseconds between two looks at whether the agent ends. */
const LOOK_MS = 200;

export async function keep(start: ThreadStart, post: (message: ThreadMessage) => void): Promise<void> {
  const shared = new SharedState(start.shared);
  const lines: string[] = [];
  const log = linesInto(lines);
  const attempt = async (run: () => Promise<{ undone: number; failed: number }>) => {
    try {
      post({ kind: "kept", ...await run(), lines: lines.splice(0) });
    } catch (error) {
      post({ kind: "kept", undone: 0, failed: 1, lines: [...lines.splice(0), (error as Error).message] });
    }
  };
  await attempt(async () => {
    const trace = new Trace(performance.now());
    await recoverAll({ stateDir: stateDir(), log, checkpoint: noCheckpoint, trace });
    return { undone: trace.data.undone.length, failed: trace.data.undone.filter((it) => it.error).length };
  });
  let earlier: Observation | undefined;
  while (start.collectMs > 0 && await waited(start.collectMs, shared)) {
    await attempt(async () => {
      if (earlier === undefined) {
        earlier = lookForGarbage({ stateDir: stateDir() });
        return { undone: 0, failed: 0 };
      }
      const result = await collect(earlier, log);
      earlier = result.observation;
      return result;
    });
  }
  post({ kind: "ended" });
}

async function collect(earlier: Observation, log: Log) {
  const warm = new WarmThread((Deno.env.get("CNIDARIA_ENGINE") ?? "auto") as EngineChoice);
  const loader = new PluginLoader(libDir(), stateDir(), () => warm.engine(() => {}), new Trace(performance.now()));
  try {
    const place = { stateDir: stateDir(), loader, log, checkpoint: noCheckpoint, rawPath: BIN_DIR };
    const { collected, observation } = await collectGarbage(place, earlier);
    for (const { garbage, outcome, reason } of collected) {
      if (outcome === "removed") log.write("warn", `removed ${garbage.what}: ${garbage.why}`);
      if (outcome === "failed") log.write("error", `cannot remove ${garbage.what}: ${reason}`);
    }
    return {
      observation,
      undone: collected.filter(({ outcome }) => outcome === "removed").length,
      failed: collected.filter(({ outcome }) => outcome === "failed").length,
    };
  } finally {
    loader.close();
    await warm.close();
  }
}

/** @returns false if the agent ends before */
async function waited(ms: number, shared: SharedState): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end;) {
    if (shared.ending !== "no") return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

/** The agent writes the lines, in its own form. */
function linesInto(lines: string[]): Log {
  const { enabled } = createLog((name) => Deno.env.get(name), () => "");
  return { enabled, write: (level, message) => void (enabled(level) && lines.push(message)) };
}
