// `--timing`: the traces that our plugins left, as a table.

import type { CallTrace } from "../plugin/trace.ts";
import { table } from "./output.ts";

/** The traces in a folder, one for each plugin of ours that was called. */
export function tracesIn(dir: string): CallTrace[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => JSON.parse(Deno.readTextFileSync(`${dir}/${name}`)));
}

/** Milliseconds of each step, with the host calls of a plugin counted and added up. */
export function timingLines(traces: readonly CallTrace[]): string[] {
  const rows: string[][] = [];
  for (const trace of traces) {
    for (const { name, ms } of trace.steps) rows.push([trace.plugins.join("+"), name, ms.toFixed(2)]);
    const calls = trace.hostCalls.reduce((sum, call) => sum + call.ms, 0);
    rows.push([trace.plugins.join("+"), `(${trace.hostCalls.length} host calls)`, calls.toFixed(2)]);
    rows.push([trace.plugins.join("+"), `total, ${trace.engine}`, trace.totalMs.toFixed(2)]);
  }
  return table(["PLUGIN", "STEP", "MS"], rows);
}
