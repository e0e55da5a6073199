// Loads and runs the plugins of a call.

import type { CniResult } from "cnidaria:cni/types@0.3.0";
import { CniFailure } from "../cni/failure.ts";
import { delegatesOf, type ReadyPlugin } from "../plugin/component.ts";
import { delegateTo, refuseUnisolated } from "../plugin/delegate.ts";
import type { Runner, Verb } from "../plugin/runner.ts";
import type { Call, Step } from "./call.ts";

/**
 * Loads the components of a call's plugins, and of those that they may delegate to.
 *
 * @throws {CniFailure | EngineError}
 */
export async function loadSteps(call: Call): Promise<void> {
  for (const step of call.steps) {
    const plugin = await call.loader.load(step.type);
    if (plugin !== undefined) await loadDelegates(call, plugin, step);
    else if (call.steps.length === 1) {
      throw new CniFailure(
        "pluginNotFound",
        `Cannot find plugin ${JSON.stringify(step.type)}: no component of that name is installed`,
        `looked in ${call.loader.libDir}/plugins`,
      );
    }
  }
}

/** What a plugin delegates to may delegate again: Flannel to bridge to host-local. */
async function loadDelegates(call: Call, plugin: ReadyPlugin, step: Step): Promise<void> {
  for (const type of delegatesOf(step.config, plugin.interfaces)) await call.loader.load(type);
}

/** Runs one plugin of a call: in a chain, one that is no component of ours is run as an executable. */
export function runStep(
  runner: Runner,
  verb: Verb,
  step: Step,
  prevResult: CniResult | undefined,
): CniResult | undefined {
  const plugin = runner.options.loader.get(step.type);
  if (plugin !== undefined) return runner.run(plugin, verb, step.config, prevResult);
  if (verb === "add" && prevResult === undefined) refuseUnisolated(runner, step.type, step.config);
  return delegateTo(runner, verb, step.type, { ...step.config }, prevResult);
}
