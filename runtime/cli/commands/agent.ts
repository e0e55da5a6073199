// `cnidaria agent`: serves CNI calls from a process that is warm.

import { AgentLog } from "../../agent/agent_log.ts";
import { type AgentOptions, runAgent } from "../../agent/agent.ts";
import { readClusterOptions } from "../../cluster/cluster_options.ts";
import type { LogLevel } from "../../cni/log.ts";

/**
 * Runs the agent.
 *
 * @param cluster path of the overlay's configuration
 * @returns the exit code
 */
export function agent(
  { cluster, ...options }: Omit<AgentOptions, "cluster"> & { readonly cluster?: string },
): Promise<number> {
  const write = (line: string) => void Deno.stderr.writeSync(new TextEncoder().encode(line));
  const level = Deno.env.get("CNIDARIA_LOG_LEVEL");
  const log = new AgentLog(write, isLevel(level) ? level : "info");
  const overlay = cluster === undefined ? undefined : readClusterOptions(cluster, (name) => Deno.env.get(name));
  return runAgent({ ...options, cluster: overlay }, log);
}

function isLevel(text: string | undefined): text is LogLevel {
  return text === "debug" || text === "info" || text === "warn" || text === "error";
}
