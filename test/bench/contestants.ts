// Who is measured: upstream's newest Go plugins with each of their packet filters, Debian's, ours without and with the
// agent.

import { GO_DIRECTORY, goMissing, ours, throughAgent } from "../e2e/targets.ts";
import { run } from "../lab/command.ts";
import type { Target } from "../lab/cni_call.ts";
import { programMissing, programPath, UPSTREAM_PLUGINS } from "../lab/go_program.ts";

export interface Contestant {
  readonly label: string;
  readonly target: Target;
  /** What masquerades. */
  readonly filter: "nftables" | "iptables" | "cnidaria";
  /** Configuration keys that only this one understands. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** Whether it is measured with ipMasq alone, as without it does what another one does. */
  readonly ipMasqOnly: boolean;
  /** Whether calls go through an agent. */
  readonly agent: boolean;
}

/** The label of the one that the others are compared with. */
export const BASE = "Go 1.9.1, nftables";

/** All that can be had; for each that cannot a reason. */
export async function contestants(): Promise<{ found: Contestant[]; missing: string[] }> {
  const found: Contestant[] = [];
  const missing: string[] = [];
  const add = (why: string | undefined, contestant: Contestant) => {
    if (why === undefined) found.push(contestant);
    else missing.push(`${contestant.label}: ${why}`);
  };
  const noIptables = await iptablesMissing();
  const newest = UPSTREAM_PLUGINS.map(programMissing).find((why) => why !== undefined);
  const directory = programPath(UPSTREAM_PLUGINS[0]!).replace(/\/[^/]*$/, "");
  add(newest, go(BASE, directory, "nftables", { ipMasqBackend: "nftables" }));
  const second = go("Go 1.9.1, iptables", directory, "iptables", { ipMasqBackend: "iptables" });
  add(newest ?? noIptables, { ...second, ipMasqOnly: true });
  add(goMissing() ?? noIptables, go("Go, Debian's, iptables", GO_DIRECTORY, "iptables", {}));
  for (const agent of [false, true]) {
    const label = `cnidaria, ${agent ? "agent" : "cold"}`;
    const target = { ...await (agent ? throughAgent() : ours("wasmtime")).ready(), name: label };
    found.push({ label, target, filter: "cnidaria", keys: {}, ipMasqOnly: false, agent });
  }
  return { found, missing };
}

function go(label: string, directory: string, filter: "nftables" | "iptables", keys: Record<string, unknown>) {
  const target: Target = { name: label, ours: false, directory, environment: () => ({}) };
  return { label, target, filter, keys, ipMasqOnly: false, agent: false };
}

// Without its kernel parts it is installed and fails.
async function iptablesMissing(): Promise<string | undefined> {
  try {
    const { code, stderr } = await run(["iptables", "-t", "nat", "-S"]);
    return code === 0 ? undefined : `iptables does not work: ${stderr.trim().split("\n")[0]}`;
  } catch {
    return "needs iptables";
  }
}
