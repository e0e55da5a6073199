// `cnidaria trace ID`: what the calls on an attachment did, host call by host call.

import { stateDir } from "../../paths.ts";
import { callsOf } from "../../plugin/call_log.ts";
import type { CallTrace } from "../../plugin/trace.ts";
import { CommandFailure, type Output } from "../output.ts";
import { timingLines } from "../timing.ts";

export interface TraceOptions {
  readonly network?: string;
  readonly last?: boolean;
  readonly timing?: boolean;
  readonly json?: boolean;
}

/** @param id CONTAINER-ID or CONTAINER-ID/IFNAME; the container's id may be cut short */
export function trace(id: string, options: TraceOptions, output: Output): void {
  const [containerId = "", ifname] = id.split("/");
  if (containerId === "") throw new CommandFailure(`Cannot trace as this names no container: ${JSON.stringify(id)}`, 2);
  const found = callsOf(stateDir(), containerId).filter(({ attachment }) =>
    (ifname === undefined || attachment.ifname === ifname) &&
    (options.network === undefined || attachment.network === options.network)
  );
  const calls = options.last === true ? found.slice(-1) : found;
  if (calls.length === 0) {
    throw new CommandFailure(
      `Cannot trace as the call log has nothing of ${id}: it keeps the newest calls only, and is in ${stateDir()}/calls`,
    );
  }
  if (options.json === true) return output.json(calls);
  calls.forEach((call, index) => {
    if (index > 0) output.line("");
    for (const line of callLines(call)) output.line(line);
    if (options.timing === true) { for (const line of timingLines([call])) output.line(`  ${line}`); }
  });
}

/** One call: a heading, its host calls in their order, what was undone, and how it ended. */
export function callLines(call: CallTrace): string[] {
  const { attachment: { network, containerId, ifname }, command, engine, error, hostCalls, plugins, totalMs } = call;
  const where = [network, containerId, ifname].filter((it) => it !== "").join("/");
  const lines = [
    `${command} ${where}  ${call.at}  ${[plugins.join("+"), engine].filter((it) => it !== "").join(", ")}`,
  ];
  for (const { args, depth, error, function: name, ms, plugin, result } of hostCalls) {
    const end = error !== undefined ? `  failed: ${error}` : result === undefined ? "" : ` = ${result}`;
    lines.push(`${milliseconds(ms)}  ${"  ".repeat(depth)}${plugin}: ${name}(${args})${end}`);
  }
  for (const { change, error, ms } of call.undone) {
    lines.push(
      `${milliseconds(ms)}  ${error === undefined ? "undone" : "not undone"}: ${change}${error ? `: ${error}` : ""}`,
    );
  }
  lines.push(
    `${milliseconds(totalMs)}  ${error === undefined ? "done" : `failed with code ${error.code}: ${error.message}`}`,
  );
  return lines;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(2).padStart(9)} ms`;
}
