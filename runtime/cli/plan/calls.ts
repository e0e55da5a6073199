// The calls that a container runtime would make for a list of plugins, each planned.

import { prevResultOf } from "../../cni/call.ts";
import { patientCaller } from "../../cni/caller.ts";
import { parseConfig } from "../../cni/config.ts";
import { parseEnvironment } from "../../cni/environment.ts";
import { CniFailure } from "../../cni/failure.ts";
import type { Log } from "../../cni/log.ts";
import { stepsOf } from "../../cni/steps_of.ts";
import { selectVersion } from "../../cni/version.ts";
import { noCheckpoint } from "../../plugin/checkpoint.ts";
import type { PluginLoader } from "../../plugin/component.ts";
import { PlannedContext } from "../../plugin/planned_context.ts";
import { hasPlugin } from "../../plugin/registry.ts";
import { add } from "../../transaction/add.ts";
import { attachmentOf, type Call } from "../../transaction/call.ts";
import { del } from "../../transaction/del.ts";
import type { PluginConfig } from "../libcni/network_list.ts";
import { pluginInput } from "../libcni/plugin_input.ts";
import type { PlannedNode } from "./node.ts";
import type { PlanRequest } from "./plan.ts";
import { servedBy } from "./served_by.ts";
import type { Recorder } from "./recorder.ts";
import type { PlannedState } from "./state.ts";

/** What the calls of one plan share. */
export interface Surroundings {
  readonly request: PlanRequest;
  readonly recorder: Recorder;
  readonly log: Log;
  readonly node: PlannedNode;
  readonly state: PlannedState;
  readonly loader: PluginLoader;
  note(text: string): void;
}

/**
 * Each plugin with the result of the one before.
 *
 * @returns the last one's result
 * @throws {CniFailure} the first failure
 */
export async function planAdd(at: Surroundings): Promise<unknown> {
  let prevResult: unknown;
  for (const plugin of at.request.list.plugins) {
    if (await servedBy(plugin.type, at.request.path, at.loader.libDir) === "component") {
      prevResult = await add(callOf(at, "ADD", plugin, prevResult));
      continue;
    }
    if (prevResult === undefined) {
      throw new CniFailure(
        "notPlannable",
        `Cannot plan what plugin ${
          JSON.stringify(plugin.type)
        } would do as it is an executable of someone else's: it ` +
          "would have to be run",
        "everything that follows depends on its result",
      );
    }
    at.note(
      `plugin ${
        JSON.stringify(plugin.type)
      } is an executable of someone else's: what it would do is not in the plan, ` +
        "and it is taken to pass on the result that it gets",
    );
  }
  return prevResult;
}

/**
 * Each plugin, the last first.
 *
 * @throws {CniFailure} the first failure
 */
export async function planDel(at: Surroundings): Promise<void> {
  for (const plugin of at.request.list.plugins.toReversed()) {
    if (await servedBy(plugin.type, at.request.path, at.loader.libDir) === "component") {
      await del(callOf(at, "DEL", plugin, undefined));
      continue;
    }
    at.note(`plugin ${JSON.stringify(plugin.type)} is an executable of someone else's: what it would do is not here`);
  }
}

/** A call as `cni/call.ts` makes it, on the planned node. */
function callOf(at: Surroundings, command: "ADD" | "DEL", plugin: PluginConfig, prevResult: unknown): Call {
  const { loader, log, node, recorder, request, state } = at;
  const parameters = parseEnvironment((name) => environment(request, command, node.netns)[name]);
  const config = parseConfig(
    pluginInput(request.list, plugin, { prevResult, capabilityArgs: request.capabilityArgs }),
  );
  const version = selectVersion(config.cniVersion, command);
  const call: Call = {
    parameters,
    config,
    version,
    ...stepsOf(plugin.type, config, (name) => hasPlugin(loader.libDir, name)),
    prevResult: prevResultOf(config, command, node.netns, log),
    valid: [],
    stateDir: state.directory,
    runtime: undefined,
    loader,
    trace: recorder,
    log,
    processEnds: false,
    key: "",
    checkpoint: noCheckpoint,
    caller: patientCaller,
    plan: {
      contextOf: (place, sink) => new PlannedContext(place, sink, node, (change) => recorder.changed(change)),
      ...node.isNew && { netnsId: node.netns },
    },
  };
  state.noteUnfinished(attachmentOf(call));
  return call;
}

function environment(request: PlanRequest, command: string, netns: string): Record<string, string> {
  return {
    CNI_COMMAND: command,
    CNI_CONTAINERID: request.containerId,
    CNI_NETNS: netns,
    CNI_IFNAME: request.ifname,
    CNI_ARGS: request.args,
    CNI_PATH: request.path,
  };
}
