import { assertEquals } from "@std/assert";
import type { CallTrace, HostCallTrace } from "../plugin/trace.ts";
import { timingLines } from "./timing.ts";

function traceOf(hostCalls: HostCallTrace[], changes: Partial<CallTrace> = {}): CallTrace {
  return {
    at: "2026-11-25T10:00:00.000Z",
    undone: [],
    command: "ADD",
    attachment: { network: "n", containerId: "c", ifname: "eth0" },
    plugins: ["bridge", "host-local"],
    engine: "wasmtime",
    totalMs: 50,
    steps: [{ name: "start", ms: 10 }, { name: "add host-local", ms: 20 }, { name: "add bridge", ms: 20 }],
    hostCalls,
    ...changes,
  };
}

const call = (name: string, depth: number, ms: number, at?: number): HostCallTrace => ({
  plugin: depth === 0 ? "bridge" : "host-local",
  function: name,
  args: "[]",
  depth,
  ms,
  ...at !== undefined && { at },
});

Deno.test("timingLines() shows steps and the host calls in them on one axis, with shares and sums", () => {
  const calls = [call("ipam.add", 0, 18, 12), call("leases.acquire", 1, 2, 20), call("links.createVeth", 0, 0.1, 40)];
  assertEquals(timingLines([traceOf(calls)]), [
    "ADD by bridge+host-local, wasmtime",
    `start                             10.00 ms 20 %  ${"█".repeat(10)}`,
    `add host-local                    20.00 ms 40 %  ${" ".repeat(10)}${"█".repeat(20)}`,
    `  bridge: ipam.add                18.00 ms 36 %  ${" ".repeat(12)}${"█".repeat(18)}`,
    `    host-local: leases.acquire     2.00 ms  4 %  ${" ".repeat(20)}██`,
    `add bridge                        20.00 ms 40 %  ${" ".repeat(30)}${"█".repeat(20)}`,
    `  bridge: links.createVeth         0.10 ms  0 %  ${" ".repeat(40)}▏`,
    "total                             50.00 ms 100 %",
    "in host calls                     18.10 ms 36 %  3 calls",
  ]);
});

Deno.test("timingLines() shows calls of a log that has no beginnings, and a trace that is empty", () => {
  const [, , second] = timingLines([traceOf([call("links.get", 0, 1)])]);
  assertEquals(second?.startsWith("  bridge: links.get"), true);
  const empty = timingLines([traceOf([], { engine: "", totalMs: 0, steps: [{ name: "end", ms: 0 }] })]);
  assertEquals(empty.length, 4);
});
