// `cnidaria gc`: removes what a node holds for containers that are gone, where no runtime asks for it.

import { createLog } from "../../cni/log.ts";
import type { Engine } from "../../engine/engine.ts";
import { type EngineChoice, openEngine } from "../../engine/open_engine.ts";
import { cacheDir, libDir, stateDir } from "../../paths.ts";
import { noCheckpoint } from "../../plugin/checkpoint.ts";
import { PluginLoader } from "../../plugin/component.ts";
import { Trace } from "../../plugin/trace.ts";
import { type Collected, collectGarbage } from "../../transaction/collect_garbage.ts";
import { lookForGarbage } from "../../transaction/garbage.ts";
import type { Output } from "../output.ts";

export interface GcOptions {
  readonly network?: string;
  /** Seconds between the two looks. */
  readonly wait: number;
  readonly dryRun: boolean;
  readonly binDir: string;
  readonly json?: boolean;
}

/** @returns the exit code: 1 if something could not be removed */
export async function gc(options: GcOptions, output: Output): Promise<number> {
  const { network, wait, dryRun, binDir } = options;
  const place = { stateDir: stateDir(), ...network !== undefined && { network } };
  const earlier = lookForGarbage(place);
  if (earlier.found.size > 0) await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  const log = createLog((name) => Deno.env.get(name), () => "gc: ");
  // Opened with the first component that a DEL needs; without an engine the ledger alone is undone.
  let engine: Engine | undefined;
  const open = async () => engine ??= await openEngine(engineChoice(), { libDir: libDir(), cacheDir: cacheDir() });
  const loader = new PluginLoader(libDir(), stateDir(), open, new Trace());
  try {
    const { collected } = await collectGarbage(
      { ...place, dryRun, loader, log, checkpoint: noCheckpoint, rawPath: binDir },
      earlier,
    );
    if (options.json === true) output.json(collected.map(toJson));
    else linesOf(collected).forEach(output.line);
    return collected.some(({ outcome }) => outcome === "failed") ? 1 : 0;
  } finally {
    loader.close();
    engine?.close();
  }
}

function engineChoice(): EngineChoice {
  const choice = Deno.env.get("CNIDARIA_ENGINE");
  return choice === "wasmtime" || choice === "v8" ? choice : "auto";
}

/** One line for each thing, and one for all. */
export function linesOf(collected: readonly Collected[]): string[] {
  if (collected.length === 0) return ["nothing is held for a container that is gone"];
  const lines = collected.map(({ garbage, outcome, reason }) =>
    `${outcome}: ${garbage.what}: ${garbage.why}${reason === undefined ? "" : `; ${reason}`}`
  );
  const counts = Map.groupBy(collected, ({ outcome }) => outcome);
  return [...lines, [...counts].map(([outcome, { length }]) => `${length} ${outcome}`).join(", ")];
}

function toJson({ garbage: { what, why, network }, outcome, reason }: Collected) {
  return { what, network, why, outcome, ...reason !== undefined && { reason } };
}
