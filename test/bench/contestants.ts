// Who is measured: ours without an agent, Debian's Go plugins, and upstream's newest where they could be built.

import { goMissing, ours } from "../e2e/targets.ts";
import type { Target } from "../lab/cni_call.ts";
import { programMissing, programPath, UPSTREAM_PLUGINS } from "../lab/go_program.ts";
import { GO_DIRECTORY } from "../e2e/targets.ts";

export interface Contestant {
  readonly label: string;
  readonly target: Target;
  /** Configuration keys that only this one understands. */
  readonly keys: Readonly<Record<string, unknown>>;
}

const go = (label: string, directory: string, keys: Record<string, unknown>): Contestant => ({
  label,
  target: { name: label, ours: false, directory, environment: () => ({}) },
  keys,
});

/** All that can be had, ours first; for each that cannot a reason. */
export async function contestants(): Promise<{ found: Contestant[]; missing: string[] }> {
  const found: Contestant[] = [{ label: "cnidaria", target: await ours("wasmtime").ready(), keys: {} }];
  const missing: string[] = [];
  const debian = goMissing();
  if (debian === undefined) found.push(go("Go, Debian", GO_DIRECTORY, {}));
  else missing.push(`Go, Debian: ${debian}`);
  const upstream = UPSTREAM_PLUGINS.map(programMissing).find((why) => why !== undefined);
  if (upstream === undefined) {
    const directory = programPath(UPSTREAM_PLUGINS[0]!).replace(/\/[^/]*$/, "");
    found.push(go("Go, 1.9.1 (nftables)", directory, { ipMasqBackend: "nftables" }));
  } else missing.push(`Go, 1.9.1: ${upstream}`);
  return { found, missing };
}
