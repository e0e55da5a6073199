// `cnidaria plan`: what an ADD or DEL would do, without doing it.

import { cacheDir, libDir, stateDir } from "../../paths.ts";
import { parseNetworkList } from "../libcni/network_list.ts";
import { CommandFailure, type Output, table } from "../output.ts";
import { describeCall } from "../plan/describe_call.ts";
import { describeChange } from "../plan/describe_change.ts";
import { makePlan, type Plan, type PlanRequest } from "../plan/plan.ts";

export interface PlanOptions {
  readonly conf: string;
  readonly containerId: string;
  readonly verb: "add" | "del";
  readonly netns?: string;
  readonly ifname: string;
  readonly args: string;
  readonly cap?: Record<string, unknown>;
  readonly binDir: string;
  readonly json?: boolean;
}

/** @returns the exit code: 1 if the call would fail, or cannot be planned */
export async function plan(options: PlanOptions, output: Output): Promise<0 | 1> {
  const text = await Deno.readTextFile(options.conf).catch((error) => {
    throw new CommandFailure(`Cannot read configuration: ${error.message}`);
  });
  const request: PlanRequest = {
    verb: options.verb,
    list: parseNetworkList(text, options.conf),
    containerId: options.containerId,
    netns: options.netns,
    ifname: options.ifname,
    args: options.args,
    capabilityArgs: options.cap ?? {},
    path: options.binDir,
  };
  const made = await makePlan(request, {
    libDir: libDir(),
    stateDir: stateDir(),
    cacheDir: cacheDir(),
    engine: engineChoice(Deno.env.get("CNIDARIA_ENGINE") ?? "auto"),
  });
  if (options.json === true) output.json(jsonOf(made));
  else for (const line of lines(request, made)) output.line(line);
  return made.error === undefined ? 0 : 1;
}

function engineChoice(text: string): "auto" | "wasmtime" | "v8" {
  if (text === "auto" || text === "wasmtime" || text === "v8") return text;
  throw new CommandFailure(`Cannot choose an engine as CNIDARIA_ENGINE is neither auto, wasmtime nor v8: ${text}`);
}

/** The changes of all calls beside: what a journal of the ADD would have. */
function jsonOf({ calls, takenBack, ...rest }: Plan) {
  const changes = calls.flatMap(({ plugin, changes }) => changes.map((change) => ({ plugin, ...change })));
  return { calls, changes, ...(takenBack.length > 0 && { takenBack }), ...rest };
}

function lines({ containerId, ifname, list, verb }: PlanRequest, plan: Plan): string[] {
  const rows = plan.calls.map((call, index) => [String(index + 1), call.plugin, describeCall(call)]);
  for (const change of plan.takenBack) rows.push([String(rows.length + 1), "ledger", describeChange(change)]);
  const { error } = plan;
  return [
    `Plan of ${verb.toUpperCase()} for ${ifname} of container ${containerId} on network ${list.name}. Nothing was changed.`,
    "",
    ...rows.length === 0 ? ["Nothing would be changed."] : table(["", "PLUGIN", "WHAT IT WOULD DO"], rows),
    "",
    ...plan.notes.length === 0 ? [] : [...plan.notes.map((note) => `Note: ${note}`), ""],
    ...error === undefined
      ? plan.result === undefined ? [] : ["It would print:", JSON.stringify(plan.result, null, 2)]
      : [
        `It would fail with code ${error.code}: ${error.msg}`,
        ...error.details === "" ? [] : [error.details],
        ...rows.length === 0 || verb === "del" ? [] : ["Everything above would be taken back."],
      ],
  ];
}
