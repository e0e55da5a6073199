import { assertEquals, assertMatch } from "@std/assert";
import type { LogLevel } from "../cni/log.ts";
import type { CallTrace } from "../plugin/trace.ts";
import { AgentLog } from "./agent_log.ts";
import type { Served } from "./served.ts";

const trace: CallTrace = {
  at: "2026-01-01T00:00:00.000Z",
  command: "ADD",
  attachment: { network: "blue", containerId: "one", ifname: "eth0" },
  plugins: ["bridge", "tuning"],
  engine: "wasmtime",
  totalMs: 4.5,
  steps: [],
  hostCalls: [],
  undone: [],
};
const served = (changes: Partial<CallTrace> = {}, sent = true): Served => ({
  kind: "served",
  trace: { ...trace, ...changes },
  sent,
  waitedMs: 0.123456,
});

/** What is written for connections, without the time. */
function written(threshold: LogLevel | undefined, ...connections: Served[]): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = new AgentLog((line) => lines.push(line), threshold);
  for (const each of connections) log.connection(each);
  return lines.map((line) => {
    assertMatch(line, /^\{.*\}\n$/);
    const { time, ...rest } = JSON.parse(line);
    assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    return rest;
  });
}

const of = { command: "ADD", network: "blue", containerId: "one", ifname: "eth0", plugins: "bridge,tuning" };

Deno.test("a call is a line with what it was for, and how long it took and waited", () => {
  assertEquals(written(undefined, served()), [
    { level: "info", message: "ADD done", ...of, ms: 4.5, waitedMs: 0.123 },
  ]);
});

Deno.test("a call that failed, or that nobody heard of, is a warning", () => {
  const error = { code: 7, message: 'Cannot ADD as "mtu"\nis too large' };
  const undone = [{ change: "{}", ms: 1 }];
  assertEquals(written("warn", served({ error, undone }), served({}, false)), [
    { level: "warn", message: error.message, ...of, code: 7, ms: 4.5, waitedMs: 0.123, undone: 1 },
    { level: "warn", message: "ADD done", ...of, ms: 4.5, waitedMs: 0.123, heard: false },
  ]);
});

Deno.test("what runtimes ask all the time is for those who look closely", () => {
  const asked = [served({ command: "VERSION" }), served({ command: "STATUS" })];
  assertEquals(written(undefined, ...asked), []);
  assertEquals(written("debug", ...asked).map((it) => it.level), ["debug", "debug"]);
  const error = { code: 50, message: "no address left" };
  assertEquals(written(undefined, served({ command: "STATUS", error })).map((it) => it.level), ["warn"]);
});

Deno.test("connections that came to nothing are told with their reason", () => {
  const lines = written(
    undefined,
    { kind: "declined", why: "it is no request" },
    { kind: "withdrawn" },
    { kind: "failed", why: "out of memory" },
  );
  assertEquals(lines.map(({ level, why }) => [level, why]), [
    ["warn", "it is no request"],
    ["info", undefined],
    ["error", "out of memory"],
  ]);
});

Deno.test("a log that cannot be written is given up", () => {
  const log = new AgentLog(() => {
    throw new Deno.errors.BrokenPipe();
  });
  log.line("error", "nobody reads this");
  log.connection(served());
});
