// `cnidaria plan`: what an ADD or DEL would do, without doing it.

import { ERROR_CODES } from "../../cni/error_codes.ts";
import { cacheDir, libDir, stateDir } from "../../paths.ts";
import { engineChoice } from "../engine_choice.ts";
import { parseNetworkList } from "../libcni/network_list.ts";
import { CommandFailure, type Output, table } from "../output.ts";
import { describeCall } from "../plan/describe_call.ts";
import { describeUndo } from "../plan/describe_undo.ts";
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
    engine: engineChoice(),
  });
  if (options.json === true) output.json(jsonOf(made));
  else for (const line of lines(request, made)) output.line(line);
  return made.error === undefined ? 0 : 1;
}

/** The changes of all calls beside: what a journal of the ADD would have. */
function jsonOf({ calls, takenBack, ...rest }: Plan) {
  const changes = calls.flatMap(({ plugin, changes }) => changes.map((change) => ({ plugin, ...change })));
  return { calls, changes, ...(takenBack.length > 0 && { takenBack }), ...rest };
}

function lines({ containerId, ifname, list, verb }: PlanRequest, plan: Plan): string[] {
  const { error } = plan;
  // An ADD that fails takes everything back: it says so in one line.
  const takenBack = verb === "add" && error !== undefined ? [] : plan.takenBack;
  const sentences = [
    ...plan.calls.map((call) => [call.plugin, describeCall(call)]),
    ...takenBack.map((change) => ["(ledger)", describeUndo(change)]),
  ];
  const rows = sentences.map((row, index) => [String(index + 1), ...row]);
  return [
    `Plan of ${verb.toUpperCase()} for ${ifname} of container ${containerId} on network ${list.name}. Nothing was changed.`,
    "",
    ...rows.length === 0 ? ["It would change nothing."] : table(["", "PLUGIN", "WHAT IT WOULD DO"], rows),
    ...plan.notes.length === 0 ? [] : ["", ...plan.notes.map((note) => `Note: ${note}.`)],
    ...plan.result === undefined ? [] : ["", "It would print:", JSON.stringify(plan.result, null, 2)],
    ...error === undefined ? [] : ["", ...failureLines(error, verb === "add" && rows.length > 0)],
  ];
}

function failureLines({ code, msg, details }: NonNullable<Plan["error"]>, takesBack: boolean): string[] {
  // It is the plan that fails, and not the call.
  const what = code === ERROR_CODES.notPlannable ? "The plan ends here" : "It would fail";
  return [
    `${what}: code ${code}: ${msg}`,
    ...details === "" ? [] : [details],
    ...takesBack && code !== ERROR_CODES.notPlannable ? ["What is listed above would be taken back."] : [],
  ];
}
