// `cnidaria agent`: serves CNI calls from a process that is warm.

import { AgentLog } from "../../agent/agent_log.ts";
import { type AgentOptions, runAgent } from "../../agent/agent.ts";
import { readClusterOptions } from "../../cluster/cluster_options.ts";
import type { LogLevel } from "../../cni/log.ts";
import { readPolicyOptions } from "../../policy/policy_options.ts";

/**
 * Runs the agent.
 *
 * @param cluster path of the overlay's configuration
 * @param policy path of the network policies' configuration
 * @returns the exit code
 */
export function agent(
  { cluster, policy, ...options }: Omit<AgentOptions, "cluster" | "policy"> & {
    readonly cluster?: string;
    readonly policy?: string;
  },
): Promise<number> {
  const write = (line: string) => void Deno.stderr.writeSync(new TextEncoder().encode(line));
  const level = Deno.env.get("CNIDARIA_LOG_LEVEL");
  const log = new AgentLog(write, isLevel(level) ? level : "info");
  const env = (name: string) => Deno.env.get(name);
  const overlay = cluster === undefined ? undefined : readClusterOptions(cluster, env);
  const policies = policy === undefined ? undefined : readPolicyOptions(policy, env);
  return runAgent({ ...options, cluster: overlay, policy: policies }, log);
}

function isLevel(text: string | undefined): text is LogLevel {
  return text === "debug" || text === "info" || text === "warn" || text === "error";
}
