// `cnidaria agent`: serves CNI calls from a process that is warm.

import { AgentLog } from "../../agent/agent_log.ts";
import { type AgentOptions, runAgent } from "../../agent/agent.ts";
import type { LogLevel } from "../../cni/log.ts";

/** @returns the exit code */
export function agent(options: AgentOptions): Promise<number> {
  const write = (line: string) => void Deno.stderr.writeSync(new TextEncoder().encode(line));
  const level = Deno.env.get("CNIDARIA_LOG_LEVEL");
  const log = new AgentLog(write, isLevel(level) ? level : "info");
  return runAgent(options, log);
}

function isLevel(text: string | undefined): text is LogLevel {
  return text === "debug" || text === "info" || text === "warn" || text === "error";
}
