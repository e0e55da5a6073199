// The agent's log: one JSON object a line on standard error, for journald and what reads it.

import type { LogLevel } from "../cni/log.ts";
import type { Served } from "./served.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** Beside time, level and message; one that is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export class AgentLog {
  /** @param write @param threshold the least level that is written */
  constructor(
    private readonly write: (line: string) => void,
    private readonly threshold: LogLevel = "info",
  ) {}

  /** Never throws: a log that nobody takes is given up, and the agent goes on. */
  line(level: LogLevel, message: string, fields: Fields = {}): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.threshold)) return;
    try {
      this.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
    } catch {
      // journald was started anew, say.
    }
  }

  /** A call that succeeded is `info`, unless runtimes make it all the time; what failed is `warn`. */
  connection(served: Served): void {
    switch (served.kind) {
      case "declined":
        return this.line("warn", "a call was declined, its entry runs the host", { why: served.why });
      case "withdrawn":
        return this.line("info", "a call was withdrawn before it began");
      case "failed":
        return this.line("error", "a call could not be served, its entry runs the host", { why: served.why });
      case "served": {
        const { trace, sent, waitedMs } = served;
        const { network, containerId, ifname } = trace.attachment;
        const often = trace.command === "VERSION" || trace.command === "STATUS";
        const level = trace.error !== undefined || !sent ? "warn" : often ? "debug" : "info";
        return this.line(level, trace.error?.message ?? `${trace.command} done`, {
          command: trace.command,
          network,
          containerId,
          ifname,
          plugins: trace.plugins.join(","),
          code: trace.error?.code,
          ms: trace.totalMs,
          waitedMs: Math.round(waitedMs * 1000) / 1000,
          undone: trace.undone.length || undefined,
          heard: sent ? undefined : false,
        });
      }
    }
  }
}
