import { assertEquals } from "@std/assert";
import { timingLines } from "./timing.ts";

Deno.test("timingLines() shows steps, host calls and the total", () => {
  const lines = timingLines([{
    at: "2026-11-25T10:00:00.000Z",
    undone: [],
    command: "ADD",
    attachment: { network: "n", containerId: "c", ifname: "eth0" },
    plugins: ["bridge", "host-local"],
    engine: "wasmtime",
    totalMs: 24.5,
    steps: [{ name: "start", ms: 13 }],
    hostCalls: [{ plugin: "bridge", function: "links.createVeth", args: "[]", depth: 0, ms: 0.25 }],
  }]);
  assertEquals(lines, [
    "PLUGIN             STEP             MS",
    "bridge+host-local  start            13.00",
    "bridge+host-local  (1 host calls)   0.25",
    "bridge+host-local  total, wasmtime  24.50",
  ]);
});
