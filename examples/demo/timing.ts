// Where the time of an ADD went, from the trace that the program left (CNIDARIA_TRACE).

import type { CallTrace } from "../../runtime/plugin/trace.ts";

/** Milliseconds. */
export interface AddTiming {
  total: number;
  /** Until the program's first line. */
  start: number;
  /** Opening the engine and loading components. */
  load: number;
  /** In host functions: kernel, leases, firewall. */
  host: number;
  /** Everything else: the protocol, the components' own code, the journal. */
  rest: number;
  hostCalls: number;
  engine: string;
}

export function timingOf(trace: CallTrace): AddTiming {
  const sum = (steps: { ms: number }[]) => steps.reduce((total, { ms }) => total + ms, 0);
  const start = sum(trace.steps.filter(({ name }) => name === "start"));
  const load = sum(trace.steps.filter(({ name }) => name === "engine" || name.startsWith("load ")));
  // A call of `ipam` or `delegate` contains the host calls of the plugin that it runs.
  const host = sum(trace.hostCalls.filter((call) => !/^(ipam|delegate)\./.test(call.function)));
  const total = trace.totalMs;
  return {
    total,
    start,
    load,
    host,
    rest: Math.max(0, total - start - load - host),
    hostCalls: trace.hostCalls.length,
    engine: trace.engine,
  };
}
