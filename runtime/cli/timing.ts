// `--timing`: where the milliseconds of a call went. Steps and host calls on one axis of time, a line for each; a host
// call is below the step that it began in, and below the call that it was made inside of.

import type { CallTrace, HostCallTrace } from "../plugin/trace.ts";

/** Columns of the axis. */
const WIDTH = 50;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** The traces in a folder, one for each plugin of ours that was called. */
export function tracesIn(dir: string): CallTrace[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => JSON.parse(Deno.readTextFileSync(`${dir}/${name}`)));
}

/** Lines for people. */
export function timingLines(traces: readonly CallTrace[]): string[] {
  return traces.flatMap(linesOf);
}

interface Span {
  readonly name: string;
  readonly start: number;
  readonly ms: number;
}

function linesOf(trace: CallTrace): string[] {
  const spans = spansOf(trace);
  const width = Math.max(...spans.map(({ name }) => name.length));
  const line = (name: string, ms: number, bar: string) =>
    `${name.padEnd(width)} ${ms.toFixed(2).padStart(8)} ms ${share(ms, trace.totalMs).padStart(4)}  ${bar}`.trimEnd();
  const outer = trace.hostCalls.filter(({ depth }) => depth === 0);
  const inHost = outer.reduce((sum, { ms }) => sum + ms, 0);
  return [
    `${trace.command} by ${trace.plugins.join("+")}${trace.engine === "" ? "" : `, ${trace.engine}`}`,
    ...spans.map(({ name, start, ms }) => line(name, ms, barOf(start, ms, trace.totalMs))),
    line("total", trace.totalMs, ""),
    line("in host calls", inHost, `${trace.hostCalls.length} calls`),
  ];
}

/** Steps in their order, each with the host calls that began in it. */
function spansOf({ steps, hostCalls }: CallTrace): Span[] {
  const spans: Span[] = [];
  const left = [...hostCalls];
  let start = 0;
  for (const { name, ms } of steps) {
    const end = start + ms;
    spans.push({ name, start, ms });
    const later = left.findIndex((call) => startOf(call, start) >= end);
    for (const call of left.splice(0, later === -1 ? left.length : later)) {
      const indent = "  ".repeat(call.depth + 1);
      spans.push({ name: `${indent}${call.plugin}: ${call.function}`, start: startOf(call, start), ms: call.ms });
    }
    start = end;
  }
  return spans;
}

/** A log of an earlier version has no beginnings: its calls go to the first step, at that step's place. */
function startOf(call: HostCallTrace, otherwise: number): number {
  return call.at ?? otherwise;
}

function share(ms: number, total: number): string {
  return total > 0 ? `${Math.round(ms / total * 100)} %` : "";
}

/** A bar of an eighth of a column or more. */
function barOf(start: number, ms: number, total: number): string {
  if (total <= 0) return "";
  const column = Math.min(WIDTH - 1, Math.floor(start / total * WIDTH));
  const eighths = Math.max(1, Math.round(ms / total * WIDTH * 8));
  return " ".repeat(column) + "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
