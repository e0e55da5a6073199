// A plan: an ADD or DEL that runs with everything that it has - configuration, grants, engine, ledger - on a node in
// memory and a copy of the state. Nothing of it is left when it ends.

import type { Change } from "../../../host-funcs/change.ts";
import { asFailure } from "../../cni/call.ts";
import type { Log } from "../../cni/log.ts";
import type { Engine } from "../../engine/engine.ts";
import { type EngineChoice, openEngine } from "../../engine/open_engine.ts";
import { PluginLoader } from "../../plugin/component.ts";
import type { NetworkList } from "../libcni/network_list.ts";
import { planAdd, planDel } from "./calls.ts";
import { NEW_NETNS, PlannedNode } from "./node.ts";
import { placeholders, withPlaceholders } from "./placeholders.ts";
import { type PlannedCallEntry, Recorder } from "./recorder.ts";
import { PlannedState } from "./state.ts";

/** What is to be planned, as a container runtime would ask for it. */
export interface PlanRequest {
  readonly verb: "add" | "del";
  readonly list: NetworkList;
  readonly containerId: string;
  /** Path of the container's namespace; none for one that does not exist. */
  readonly netns: string | undefined;
  readonly ifname: string;
  /** CNI_ARGS */
  readonly args: string;
  readonly capabilityArgs: Record<string, unknown>;
  /** CNI_PATH */
  readonly path: string;
}

/** What would be done. Values that only an ADD would have are `<random>`. */
export interface Plan {
  /** In their order. */
  readonly calls: readonly PlannedCallEntry[];
  /** What the host takes back by itself: of a DEL, after the plugins; of an ADD that fails, everything. */
  readonly takenBack: readonly Change[];
  /** ADD: what it would print. */
  readonly result?: unknown;
  /** The error result with which it would end. */
  readonly error?: { code: number; msg: string; details: string };
  /** What the plan could not see, or assumes. */
  readonly notes: readonly string[];
}

/** Where the program's things lie: see `paths.ts`. */
export interface PlanPlaces {
  readonly libDir: string;
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly engine: EngineChoice;
}

/** Plans a call. What the call would answer as an error is in the plan. */
export async function makePlan(request: PlanRequest, places: PlanPlaces): Promise<Plan> {
  const recorder = new Recorder();
  const notes = new Set<string>();
  const note = (text: string) => void notes.add(text);
  const log: Log = {
    write: (level, message) => level === "warn" || level === "error" ? note(message) : undefined,
    enabled: () => false,
  };
  const node = new PlannedNode(request.netns ?? (request.verb === "add" ? NEW_NETNS : ""), note);
  const state = new PlannedState(places.stateDir, note);
  let engine: Engine | undefined;
  let loader: PluginLoader | undefined;
  const openOnce = async () =>
    engine ??= await openEngine(places.engine, {
      libDir: places.libDir,
      cacheDir: state.linkCache(places.cacheDir),
      log: note,
    });
  let result: unknown;
  let error: Plan["error"];
  try {
    loader = new PluginLoader(places.libDir, state.copy(), openOnce, recorder);
    node.checkEnterable();
    const surroundings = { request, recorder, note, log, node, state, loader };
    if (request.verb === "add") result = await planAdd(surroundings);
    else await planDel(surroundings);
  } catch (cause) {
    const { code, message: msg, details } = asFailure(cause, log);
    error = { code, msg, details };
  } finally {
    loader?.close();
    engine?.close();
    node.close();
    state.remove();
  }
  const texts = placeholders(recorder.entries, node.kernel);
  texts.set(state.directory, places.stateDir);
  const plan: Plan = {
    calls: recorder.entries,
    takenBack: recorder.takenBack,
    ...(error === undefined ? request.verb === "add" && { result } : { error }),
    notes: [...notes],
  };
  return withPlaceholders(plan, texts);
}
