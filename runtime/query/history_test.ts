// What the agent keeps of calls, pools and events.

import { assert, assertEquals } from "@std/assert";
import type { PoolUse } from "../../host-funcs/leases/pools.ts";
import { layoutOf } from "../../host-funcs/leases/layout.ts";
import type { CallTrace } from "../plugin/trace.ts";
import { CallHistory } from "./call_history.ts";
import { Changes } from "./changes.ts";
import { EventLog } from "./event_log.ts";
import { PoolHistory, poolId } from "./pool_history.ts";

function call(command: string, totalMs: number, error?: CallTrace["error"]): CallTrace {
  return {
    at: "",
    command,
    attachment: { network: "n", containerId: "c", ifname: "eth0" },
    plugins: ["bridge", "host-local"],
    engine: "",
    totalMs,
    steps: [],
    hostCalls: [],
    undone: [],
    ...error !== undefined && { error },
  };
}

function pool(held: number): PoolUse {
  const layout = layoutOf([{ subnet: "10.1.0.0/24", first: "10.1.0.1", last: "10.1.0.100" }]);
  return { network: "n", store: "", subnets: "10.1.0.0/24", held, size: 100n, layout };
}

Deno.test("calls are told by command: how many, how long, and what failed", () => {
  let now = 10_000_000;
  const history = new CallHistory(() => now);
  for (let ms = 1; ms <= 100; ms++) history.add(call("ADD", ms));
  history.add(call("DEL", 3, { code: 11, message: "busy" }));
  history.add(call("", 1, { code: 4, message: "no command" }));
  const figures = history.figures();
  assertEquals(figures.map(({ command, calls, failed }) => [command, calls, failed]), [["ADD", 100, 0], ["DEL", 1, 1], [
    "none",
    1,
    1,
  ]]);
  assertEquals([figures[0]!.medianMs, figures[0]!.p99Ms, figures[0]!.perMinute], [51, 100, 20]);
  assertEquals(history.failures().map(({ code, subject }) => [code, subject]), [[4, "n/c/eth0"], [11, "n/c/eth0"]]);
  assertEquals(history.plugin("host-local"), { calls: 102, failed: 2 });
  assertEquals(history.plugin("none"), { calls: 0, failed: 0 });
  now += 300_001;
  assertEquals(history.figures()[0]!.perMinute, 0);
  now += 3_600_000;
  assertEquals([history.figures(), history.failures().length], [[], 2]);
});

Deno.test("the history of calls is bounded", () => {
  const history = new CallHistory();
  for (let at = 0; at < 50_000; at++) history.add(call("ADD", at));
  const { calls } = history.figures()[0]!;
  assert(calls >= 10_000 && calls <= 20_000, `${calls}`);
  assertEquals(history.plugin("bridge").calls, 50_000);
});

Deno.test("a pool's use is a line, and a forecast once five minutes are known", () => {
  const history = new PoolHistory();
  assertEquals(history.samples(pool(0)), []);
  for (let minute = 0; minute <= 10; minute++) history.add([pool(10 + minute)], minute * 60_000);
  assertEquals(history.samples(pool(0)).map(({ held }) => held), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  assertEquals(Math.round(history.secondsLeft(pool(20))), 80 * 60);
  for (let minute = 11; minute < 3_000; minute++) history.add([pool(20)], minute * 60_000);
  assertEquals(history.samples(pool(0)).length, 1_440);
  assertEquals(history.secondsLeft(pool(20)), Infinity);
  history.add([], 0);
  assertEquals(history.samples(pool(0)), []);
});

Deno.test("a pool is named by its network, subnets, and store where it is not the usual one", () => {
  assertEquals(poolId(pool(0)), "n|10.1.0.0/24");
  assertEquals(poolId({ ...pool(0), store: "/var/x" }), "n|10.1.0.0/24|/var/x");
});

Deno.test("events have numbers, and the oldest go", () => {
  const log = new EventLog();
  const [first, second] = ["one", "two"].map((text) => log.add({ level: "info", kind: "ADD", text }, 7));
  assertEquals([first, second?.number], [{ number: 1, at: 7, level: "info", kind: "ADD", text: "one" }, 2]);
  assertEquals(log.list(1), [second]);
  for (let at = 0; at < 10_000; at++) log.add({ level: "info", kind: "DEL", text: "" });
  assertEquals([log.list().length, log.list().at(-1)?.number, log.list(10_001).length], [2_000, 10_002, 1]);
});

Deno.test("who listens hears of a change until it does not any more", () => {
  const changes = new Changes<string>();
  const heard: string[] = [];
  assertEquals(changes.isHeard, false);
  const stop = changes.listen((topic) => heard.push(topic));
  changes.tell("a");
  assertEquals(changes.isHeard, true);
  stop();
  changes.tell("b");
  assertEquals([heard, changes.isHeard], [["a"], false]);
});
